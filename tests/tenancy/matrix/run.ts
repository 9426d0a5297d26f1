import { newId } from '@intellidocs/kernel'
import { askBytes, askHttp, askSocket, type Answer, type Call } from './ask.ts'
import type { ByteRequest } from './bytes.ts'
import { isExpected, nameOf, ruleOf, type Case, type Target } from './cases.ts'
import { callers, type CallerName, type Who } from './callers.ts'
import type { Caller, House, Org } from './house.ts'
import { rules, things, type Thing } from './things.ts'

/** What is wrong, by case; a leak tells of another organization or changes it, everything else is a wrong answer. */
export type Faults = { readonly leaks: string[]; readonly wrong: string[] }
export type Transport = 'http' | 'websocket' | 'bytes'
/** A case with its caller and its input; what it names is there. */
export type Prepared = { readonly of: Case; readonly caller: Caller; readonly input: unknown }
export type Ended = { readonly of: Case; readonly answer: Answer; readonly input: unknown }
export type Runner = {
  /** Things are made anew for the calls that will be carried out, and callers for those whose standing they change. */
  prepare(cases: readonly Case[]): Promise<Prepared[]>
  /** Asks all of them and answers how each ended. */
  run(prepared: readonly Prepared[], transport: Transport): Promise<Ended[]>
  judge(ended: readonly Ended[], transport: string): Faults
}

/** What documents are called and hold. */
const contentOf = ({ mark, sha256 }: Org): string[] => [`a ${mark} `, `${mark}.txt`, `matrix ${mark}`, sha256]

/** Names and ids that an answer to this caller must not hold. */
function hiddenFrom({ ours, theirs }: House, { who, procedure: { meta, entry } }: Case): string[] {
  const theirOwn = [theirs.mark, theirs.id, theirs.ownerId, theirs.colleagueId, theirs.sha256]
  const ourOwn = [ours.mark, ours.ownerId, ours.colleagueId, ours.sha256]
  if (who.name === 'stranger') return ourOwn
  if (who.platform) return meta.base === 'platform' ? [...contentOf(ours), ...contentOf(theirs)] : [...ourOwn, ...theirOwn]
  if (entry.ownWords === true) return [...theirOwn, ...(who.atLarge ? [] : contentOf(ours))]
  return who.atLarge ? theirOwn : [...theirOwn, ours.mark, ours.sha256]
}

/** Makes and keeps what the cases need of the house. */
function createStock(house: House, callerNamed: (name: CallerName) => Promise<Caller>) {
  const shared = new Map<string, Promise<string>>()
  let count = 0
  /** By its sender: the caller, the owner for a key of theirs, or somebody else of the organization or of the other one. */
  async function beginUpload({ org, state, caller }: { org: Org; state: string; caller: Caller }): Promise<string> {
    const { who } = caller
    if (org === house.theirs) return house.upload(await callerNamed('stranger'), org)
    if (state !== 'own') return house.upload(await callerNamed(who.name === 'admin' ? 'editor' : 'admin'), org)
    if (who.by === 'key') return house.upload(await callerNamed('owner'), org)
    return house.upload(who.holds.has('documents:create') ? caller : await callerNamed('admin'), org)
  }
  return {
    unique: (): string => `m${(count += 1)}`,
    async id(thing: Thing, target: Target | null, { caller, fresh }: { caller: Caller; fresh: boolean }): Promise<unknown> {
      if (target?.of === 'nowhere') return thing === 'upload' ? newId().replaceAll('-', '') : newId()
      if (target?.of === 'malformed') return target.value
      const org = target?.of === 'theirs' ? house.theirs : house.ours
      const state = target !== null && 'state' in target ? target.state : things[thing].states[0]
      const mine = org === house.ours && (thing === 'session' || thing === 'reset' || caller.who.member)
      const place = { org, userId: mine ? caller.userId : null }
      const make = (): Promise<string> => (thing === 'upload' ? beginUpload({ org, state, caller }) : house.make(thing, state, place))
      if (fresh && org === house.ours) return make()
      const key = [thing, state, org.id, ['key', 'session', 'upload', 'notification', 'task', 'delegation', 'share', 'reset', 'uploadRequest', 'query'].includes(thing) ? caller.who.name : ''].join(' ')
      const made = shared.get(key) ?? make()
      shared.set(key, made)
      return made
    },
  }
}

export function createRunner(house: House): Runner {
  const people = new Map<CallerName, Promise<Caller>>()
  const callerOf = (who: Who): Promise<Caller> => {
    const known = people.get(who.name) ?? house.caller(who)
    people.set(who.name, known)
    return known
  }
  const stock = createStock(house, (name) => callerOf(callers.find((who) => who.name === name) ?? callers[0]))

  async function prepareOne(of: Case): Promise<Prepared> {
    const { procedure, who, shape, slot, target, expected } = of
    const changes = procedure.kind === 'mutation' && expected === 'ok'
    const caller = changes && procedure.entry.self === true ? await house.caller(who) : await callerOf(who)
    const ids: Record<string, unknown> = {}
    for (const [name, one] of Object.entries(shape.ids ?? {})) {
      ids[name] = await stock.id(rules[ruleOf(one)].thing, name === slot ? target : null, { caller, fresh: changes })
    }
    const input = shape.input?.(ids, stock.unique())
    return { of, caller, input: slot === null && target.of === 'malformed' ? { ...(input as object | undefined), isAdmin: 'true' } : input }
  }

  async function ask(prepared: readonly Prepared[], transport: Transport): Promise<Ended[]> {
    const [first] = prepared
    if (first === undefined) return []
    const { caller } = first
    if (transport === 'bytes') {
      const answers = await askBytes(house.api.url, caller, prepared.map(({ input }) => input as ByteRequest))
      return prepared.map(({ of, input }, n) => ({ of, input, answer: answers[n] ?? { code: 'nothing', text: '' } }))
    }
    const calls: Call[] = prepared.map(({ of: { procedure: { path, kind } }, input }) => ({ path, kind, input }))
    const answers = transport === 'websocket' ? await askSocket(house.api.url, { caller, calls })
      : await askHttp(house.api.url, { caller, calls, alone: first.of.procedure.meta.base === 'read' })
    return prepared.map(({ of, input }, n) => ({ of, input, answer: answers[n] ?? { code: 'nothing', text: '' } }))
  }

  return {
    async prepare(cases) {
      const prepared: Prepared[] = []
      for (const one of cases) prepared.push(await prepareOne(one))
      return prepared
    },
    async run(prepared, transport) {
      const ended: Ended[] = []
      for (const caller of new Set(prepared.map((one) => one.caller))) ended.push(...await ask(prepared.filter((one) => one.caller === caller), transport))
      return ended
    },
    judge: (ended, transport) => judge(house, ended, transport),
  }
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** An export begins and ends with where the chain of the own organization has come to, which goes on meanwhile. */
const CHAIN = /^\{"type":"(?:header|checkpoint|end|seal)".*$/gm

/** The answer as it is to whoever did not send these ids at this moment. */
function withoutEcho(text: string, input: unknown): string {
  const sent = JSON.stringify(input)?.match(UUID) ?? []
  return sent.reduce((rest, id) => rest.replaceAll(id, 'sent'), text.replace(CHAIN, '').replace(MOMENT, 'moment')).trim()
}

function judge(house: House, ended: readonly Ended[], transport: string): Faults {
  const leaks: string[] = []
  const wrong: string[] = []
  const absent = new Map<string, { text: string; name: string }>()
  for (const { of: one, answer, input } of ended) {
    const name = `${nameOf(one)} over ${transport}`
    if (!isExpected(one, answer.code)) wrong.push(`${name}: ${answer.code} instead of ${one.expected}: ${answer.text.slice(0, 300)}`)
    const told = hiddenFrom(house, one).find((hidden) => answer.text.includes(hidden))
    if (told !== undefined) leaks.push(`${name} tells ${told}: ${answer.text.slice(0, 300)}`)
    if (one.target.of !== 'theirs' && one.target.of !== 'nowhere') continue
    const shapeAt = [one.procedure.entry, ...(one.procedure.entry.also ?? [])].findIndex((shape) => shape.input === one.shape.input)
    const key = `${one.who.name} ${shapeAt} ${one.slot}`
    const text = withoutEcho(answer.text, input)
    const other = absent.get(key) ?? { text, name }
    absent.set(key, other)
    if (other.text !== text) leaks.push(`${name} is told from ${other.name}: ${text.slice(0, 300)} | ${other.text.slice(0, 300)}`)
  }
  return { leaks, wrong }
}
