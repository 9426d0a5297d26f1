import { z } from 'zod'
import type { Command } from 'commander'
import type { IntelliDocsError } from '@intellidocs/client'
import type { CliContext, Result } from '../context.ts'
import { describeFailure } from '../failure.ts'
import { formatTable } from '../output.ts'

const PATIENCE_MS = 5_000

const readiness = z.object({
  ready: z.boolean(), degraded: z.array(z.string()),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), ms: z.number() })),
})

/** What a person does about a part that is away. */
const MENDS: Record<string, string> = {
  database: 'Postgres does not answer: look at DATABASE_URL and the server.',
  blobs: 'The store of originals cannot be used: look at BLOBS, free space and permissions.',
  temporal: 'Temporal does not answer: uploads are kept but not read until it is back; look at TEMPORAL_ADDRESS.',
  typos: 'Meilisearch does not answer: search takes words as they are typed; look at MEILI_URL.',
  meaning: 'The embedding model is away: search answers by words; look at EMBEDDING.',
  vectors: 'Some organizations still search by the former embedding model, while vectors of the present one are made: nothing to do, unless it stays so; then look at the worker.',
  api: 'Start it with "npm start", or name another installation with --url.',
  'signed in': 'Sign in with "intellidocs login".',
  'live events': 'The websocket does not get through: a proxy must pass upgrades on the path /trpc.',
}

export type Finding = { readonly name: string; readonly ok: boolean; readonly needed: boolean; readonly detail: string }

export const configureDoctor = (command: Command): Command => command.description('what runs, what is degraded, and how to mend it')

export async function doctor(context: CliContext): Promise<Result> {
  const findings = await examine(context)
  const { out } = context
  const rows = findings.map(({ name, ok, needed, detail }) => [
    ok ? out.colors.green('ok') : needed ? out.colors.red('DOWN') : out.colors.yellow('degraded'), name, detail,
  ])
  for (const row of formatTable(rows)) out.print(row)
  const broken = findings.filter(({ ok }) => !ok)
  for (const { name } of broken) out.print(`${name}: ${mendOf(name)}`)
  const ok = broken.every(({ needed }) => !needed)
  return { value: { url: context.url, ok, findings: findings.map((one) => (one.ok ? one : { ...one, mend: mendOf(one.name) })) }, ok }
}

const mendOf = (name: string): string => MENDS[name] ?? 'Look at its log.'

async function examine(context: CliContext): Promise<Finding[]> {
  const findings: Finding[] = [{ name: 'node', ok: true, needed: true, detail: process.version }]
  const api = await checkApi(context.url)
  findings.push(api)
  if (!api.ok) return findings
  findings.push(...await checkParts(context.url))
  const signedIn = await checkSignedIn(context)
  findings.push(signedIn)
  if (signedIn.ok) findings.push(await checkLive(context))
  return findings
}

async function checkApi(url: string): Promise<Finding> {
  const started = performance.now()
  const answer = await get(`${url}/healthz`)
  if (answer?.ok) return { name: 'api', ok: true, needed: true, detail: `${url}, ${Math.round(performance.now() - started)} ms` }
  return { name: 'api', ok: false, needed: true, detail: answer ? `${url} answers ${answer.status}: not IntelliDocs?` : `${url} does not answer` }
}

/** The dependencies as the API sees them. It is ready or not whatever they are called, so unknown names pass. */
async function checkParts(url: string): Promise<Finding[]> {
  const answer = await get(`${url}/readyz`)
  const parsed = readiness.safeParse(await answer?.json().catch(() => null))
  if (!parsed.success) return [{ name: 'readiness', ok: false, needed: true, detail: 'GET /readyz answers something else' }]
  const { ready, checks } = parsed.data
  const failed = Object.values(checks).filter(({ ok }) => !ok).length
  return Object.entries(checks).map(([name, { ok, ms }]) => ({ name, ok, needed: !ready && failed > 0, detail: `${ms} ms` }))
}

/** Null where nothing answers, which is itself the finding. */
const get = (url: string): Promise<Response | null> => fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null)

async function checkSignedIn(context: CliContext): Promise<Finding> {
  try {
    const { user, role, orgs, org } = await context.client.api.auth.me.query()
    const slug = orgs.find(({ orgId }) => orgId === org)?.slug
    const place = slug ? `${role ?? 'member'} of ${slug}` : 'no organization chosen'
    return { name: 'signed in', ok: true, needed: false, detail: `${user.email}, ${place}` }
  } catch (error) {
    return { name: 'signed in', ok: false, needed: false, detail: describeFailure(error).message }
  }
}

async function checkLive({ client }: CliContext): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const timer = setTimeout(() => { resolve('no connection in time') }, PATIENCE_MS)
  const live = client.live({
    onEvent: () => undefined,
    onState: (state, error?: IntelliDocsError) => {
      if (state === 'live') resolve(null)
      if (state === 'closed' && error) resolve(error.message)
    },
  })
  const problem = await promise
  clearTimeout(timer)
  live.close()
  return { name: 'live events', ok: problem === null, needed: false, detail: problem ?? 'websocket connects' }
}
