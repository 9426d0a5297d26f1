import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import type { UserId } from '@intellidocs/contracts'
import { signIn } from './archive.ts'
import { waitFor } from './wait-for.ts'

/** Somebody with an account of their own, signed in. */
export type Person = { readonly userId: UserId; readonly name: string; readonly email: string; readonly client: IntelliDocsClient }

type Invited = {
  readonly by: IntelliDocsClient; readonly org: string; readonly name: string; readonly email: string
  /** Where the embedded installation puts its mail. */
  readonly mailDir: string
  readonly signal: AbortSignal
}

/** Comes in as anybody does: an invitation by the public API, the link of its mail, an account with a password of their own. */
export async function invite({ by, org, name, email, mailDir, signal }: Invited): Promise<Person> {
  await by.api.orgs.invitations.create.mutate({ email, role: 'editor', roleId: null })
  const invitation = await waitFor(() => tokenFor(email, mailDir), (token) => token !== null, { what: `the invitation to ${email}`, signal })
  const password = randomBytes(24).toString('base64url')
  await createIntelliDocsClient({ url: by.url }).api.auth.signUp.mutate({ email, name, password, ...(invitation === null ? {} : { invitation }) })
  const client = await signIn(by.url, { email, org, password })
  const { user } = await client.api.auth.me.query()
  return { userId: user.id, name, email, client }
}

/** The token of the link in the mail to this address; null while there is none. */
async function tokenFor(email: string, mailDir: string): Promise<string | null> {
  const names = await readdir(mailDir).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names.filter((each) => each.endsWith('.eml')).sort()) {
    const mail = await readFile(join(mailDir, name), 'latin1')
    if (!mail.includes(`\r\nTo: ${email}\r\n`)) continue
    // Long lines of a mail are broken, and "=" has another spelling there.
    const [, token = null] = /#token=([\w-]+)/.exec(mail.replaceAll('=\r\n', '').replaceAll('=3D', '=')) ?? []
    if (token !== null) return token
  }
  return null
}
