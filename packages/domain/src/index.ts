export { createAppRouter, type AppRouter } from './app-router.ts'
export { bootstrap, type Bootstrapped, type BootstrapInput } from './bootstrap.ts'
export { createModules, subscribersOf, type ModuleDeps, type Modules } from './modules.ts'
export { SESSION_COOKIE, type Credential, type Identity, type SignInGuard } from './modules/users/index.ts'
