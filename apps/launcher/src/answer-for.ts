import type { IntelliDocsClient } from '@intellidocs/client'
import picocolors from 'picocolors'
import type { Terminal } from './terminal.ts'

const SHARED = 'annual-report-2025.pdf'
const HOLD = 'Tax inspection 2025'
const LINK_MS = 10_000

/** What was shown, for the last line. `link`: how its address answered somebody without an account, before and after it was revoked. */
export type AnsweredFor = {
  readonly link: { readonly open: number; readonly revoked: number }; readonly plan: string
  /** The refusal is that of the hold; `kept`: the document is there afterwards. */
  readonly hold: { readonly refused: boolean; readonly kept: boolean }
}

type Showing = { readonly client: IntelliDocsClient; /** Signed in. */ readonly terminal: Terminal; readonly out: Pick<NodeJS.WriteStream, 'write'> }

/** Shows what an organization answers for, as at a terminal: a public link and its end, the use against the plan, and a legal hold that refuses a purge. */
export async function answerFor({ client, terminal, out }: Showing): Promise<AnsweredFor> {
  const run = async (...words: string[]): Promise<string> => {
    out.write(`  $ npx intellidocs ${words.map((word) => (/[^\w./-]/.test(word) ? `"${word}"` : word)).join(' ')}\n`)
    const { stdout, stderr } = await terminal(...words)
    for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) out.write(`  ${line}\n`)
    return stdout
  }
  out.write(`\n${picocolors.bold('A public link')}\n`)
  const url = (await run('share', 'create', SHARED, '--days', '7', '--views', '5')).trim()
  const open = await statusOf(url)
  await run('share', 'revoke', SHARED)
  const revoked = await statusOf(url)
  out.write(`  Its address answered ${open}, and ${revoked} once it was revoked.\n`)

  out.write(`\n${picocolors.bold('What is used of the plan')}\n`)
  await run('usage')
  const { plan } = await client.api.subscriptions.current.query()

  out.write(`\n${picocolors.bold('A legal hold')}\n`)
  await run('hold', 'place', HOLD, '--reason', 'The inspectors have asked for it', '--document', SHARED)
  out.write(`  $ npx intellidocs rm --purge ${SHARED}\n`)
  const { code, stderr } = await terminal('rm', '--purge', SHARED)
  out.write(`  ${stderr.trimEnd()}\n`)
  await run('restore', SHARED)
  await run('hold', 'release', HOLD, '--reason', 'The inspection is over', '--yes')
  const { items } = await client.api.documents.list.query({ name: SHARED, limit: 1 })
  return { link: { open, revoked }, plan, hold: { refused: code === 1 && stderr.includes(HOLD), kept: items.length === 1 } }
}

/** As a browser of somebody who has no account sees it. */
async function statusOf(url: string): Promise<number> {
  const { status } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(LINK_MS) })
  return status
}
