// generate, validate and format never run the native schema engine, but Prisma downloads it unless it believes to have one:
// naming an existing binary keeps them offline. Migrations and drift run by the wasm engine (packages/db/src/migrate).
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath

import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
})
