import type { Login } from './accounts.ts'
import type { Target } from './target.ts'

export type Headers = Record<string, string>

export const headersOf = ({ token, org }: Pick<Login, 'token' | 'org'>): Headers => ({ authorization: `Bearer ${token}`, 'x-intellidocs-org': org })

/** A mutation of the target. Throws when it is refused. */
export async function call<T>(target: Target, path: string, request: { input: unknown; headers?: Headers }): Promise<T> {
  const response = await fetch(`${target.url}/trpc/${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...request.headers }, body: JSON.stringify(request.input),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  return (JSON.parse(text) as { result: { data: T } }).result.data
}

/** The administrator of the target, signed in. */
export async function signInAdministrator(target: Target): Promise<Headers> {
  const { email, password, org } = target.administrator
  const { token } = await call<{ token: string }>(target, 'auth.signIn', { input: { email, password, transport: 'token' } })
  return headersOf({ token, org })
}

/** Causes one event that every member hears; answers the folder and when it was asked for. */
export async function causeEvent(target: Target, headers: Headers): Promise<{ folderId: string; at: bigint }> {
  const at = process.hrtime.bigint()
  const { id } = await call<{ id: string }>(target, 'documents.folders.create', { input: { name: `f-${at}` }, headers })
  return { folderId: id, at }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

/** Looks every 50 ms until it is so; throws `what` when it is not within `ms`. */
export async function until(what: string, ms: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + ms; !(await isSo());) {
    if (performance.now() > end) throw new Error(`${what}: not within ${ms} ms`)
    await pause(50)
  }
}
