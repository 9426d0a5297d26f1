import { permissions, type OrgId, type Permission, type UserId } from '@intellidocs/contracts'
import { createAppRouter } from '@intellidocs/domain'
import { createCallerFactory, createLog, newId, noSource, orgPrincipal, userPrincipal, type Actor, type RequestContext } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textOf } from './ask.ts'
import { byteRoutes } from './bytes.ts'
import { callers } from './callers.ts'
import { casesOf, nameOf, proceduresOf, type Case, type Procedure } from './cases.ts'
import { openHouse, type House } from './house.ts'
import { createRunner, type Runner, type Transport } from './run.ts'
import { table } from './table.ts'
import { fingerprints, withoutRowLevelSecurity } from './walls.ts'

const SLOW = 240_000
let house: House
let runner: Runner
let everythingOf: (orgId: string) => Promise<Record<string, string>>
let procedures: Map<string, Procedure>
let router: ReturnType<typeof createAppRouter>
const count = { cases: 0, leaks: 0, procedures: 0 }

beforeAll(async () => {
  house = await openHouse()
  runner = createRunner(house)
  everythingOf = await fingerprints(house.admin)
  router = createAppRouter(house.api.api.modules)
}, SLOW)
afterAll(async () => { await house?.close() })

test('the table names every procedure, and no other', () => {
  procedures = new Map(proceduresOf(router).map((procedure) => [procedure.path, procedure]))
  expect(procedures.size).toBe(Object.keys(router._def.procedures).length)
})

const procedureOf = (path: string): Procedure => {
  const found = procedures.get(path)
  if (found === undefined) throw new Error(`there is no procedure ${path}`)
  return found
}

/** Runs cases, and holds them to the table; what is theirs, and where all are refused also what is ours, must be the same afterwards, byte for byte. */
async function hold(cases: readonly Case[], transport: Transport): Promise<void> {
  if (cases.length === 0) return
  const refused = cases.every(({ expected }) => expected !== 'ok')
  const prepared = await runner.prepare(cases)
  const held = async () => ({ theirs: await everythingOf(house.theirs.id), ours: refused ? await everythingOf(house.ours.id) : {} })
  const before = await held()
  const ended = await runner.run(prepared, transport)
  const { leaks, wrong } = runner.judge(ended, transport)
  const after = await held()
  if (JSON.stringify(after.theirs) !== JSON.stringify(before.theirs)) leaks.push(`${cases[0]?.procedure.path ?? ''} changed what is theirs`)
  count.cases += ended.length
  count.leaks += leaks.length
  expect({ leaks, wrong }).toEqual({ leaks: [], wrong: [] })
  expect(after).toEqual(before)
}

async function holdAll(procedure: Procedure, transport: Transport): Promise<void> {
  const cases = casesOf(procedure)
  await hold(cases.filter(({ expected }) => expected !== 'ok'), transport)
  await hold(cases.filter(({ expected }) => expected === 'ok'), transport)
}

const paths = Object.keys(table)

describe.each<Transport>(['http', 'websocket'])('over %s, as the table says', (transport) => {
  test.each(paths)('%s', async (path) => {
    await holdAll(procedureOf(path), transport)
    if (transport === 'http') count.procedures += 1
  }, SLOW)
})

describe('bytes, as the table says', () => {
  test.each(byteRoutes.map((route) => [route.path, route] as const))('%s', async (_, route) => {
    await holdAll(route, 'bytes')
    count.procedures += 1
  }, SLOW)
})

const strange = ({ target }: Case): boolean => target.of === 'theirs' || target.of === 'nowhere'

test('without row-level security, what is theirs is not there, and is not changed', async () => {
  const tables = await withoutRowLevelSecurity(house.admin, async () => {
    for (const path of paths) {
      const procedure = procedureOf(path)
      await hold(casesOf(procedure).filter((one) => strange(one) || (procedure.kind === 'query' && one.target.of === 'plain')), 'http')
    }
    for (const route of byteRoutes) await hold(casesOf(route).filter(strange), 'bytes')
  })
  expect(tables).toBeGreaterThan(20)
}, SLOW)

/** One who holds every permission, and every principal of the other organization on top. */
function boundless(): Actor {
  const { ours, theirs } = house
  const principals = [ours, theirs].flatMap(({ id, ownerId, colleagueId }) => [orgPrincipal(id as OrgId), userPrincipal(ownerId as UserId), userPrincipal(colleagueId as UserId)])
  return {
    kind: 'user', userId: ours.ownerId as UserId, orgId: ours.id as OrgId, role: 'owner', permissions: new Set<Permission>(permissions), principals,
    requestId: newId(), source: noSource,
  }
}

/** The answer of a procedure without anything between it and the caller. */
async function answerOf(actor: Actor, path: string, input: unknown): Promise<string> {
  const context: RequestContext = {
    requestId: actor.requestId, log: createLog({ level: 'silent', name: 'test' }), actor,
    person: { userId: actor.userId, platformAdmin: false, requestId: actor.requestId, source: actor.source },
    via: 'session', sessionToken: null, orgRequested: actor.orgId, ip: '127.0.0.1', setCookie: () => undefined, countCall: async () => undefined,
    stillValid: async () => actor.principals,
  }
  const call = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], createCallerFactory(router)(context)) as (given: unknown) => Promise<unknown>
  return call(input).then((value) => textOf({ value }), (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
}

test('without policy, what is theirs is not there, and is not changed', async () => {
  const [owner] = callers
  const before = await everythingOf(house.theirs.id)
  const wrong: string[] = []
  for (const path of paths) {
    const procedure = procedureOf(path)
    if (procedure.meta.authz === undefined || !('resource' in procedure.meta.authz) || procedure.kind === 'subscription') continue
    const answers = new Map<string, string>()
    for (const { of: one, input } of await runner.prepare(casesOf(procedure).filter((each) => each.who === owner && (strange(each) || (procedure.kind === 'query' && each.target.of === 'plain'))))) {
      const text = await answerOf(boundless(), path, input)
      count.cases += 1
      if (text.includes(house.theirs.mark) || text.includes(house.theirs.id)) wrong.push(`${nameOf(one)} tells ${text.slice(0, 300)}`)
      if (!strange(one)) continue
      const key = `${one.slot} ${JSON.stringify(Object.keys(one.shape.ids ?? {}))}`
      const other = answers.get(key) ?? text
      answers.set(key, other)
      if (other !== text) wrong.push(`${nameOf(one)}: ${text.slice(0, 300)} | ${other.slice(0, 300)}`)
    }
  }
  count.leaks += wrong.length
  expect(wrong).toEqual([])
  expect(await everythingOf(house.theirs.id)).toEqual(before)
}, SLOW)

test('the whole of it', () => {
  // The line that a run is known by.
  console.log(`${count.procedures} procedures and byte routes x ${count.cases} cases, leaks = ${count.leaks}`)
  expect(count.procedures).toBe(procedures.size + byteRoutes.length)
  expect(count.cases).toBeGreaterThanOrEqual(5000)
  expect(count.leaks).toBe(0)
})
