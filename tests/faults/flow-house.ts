import type { DocumentId, FlowId, FlowSpecInput } from '@intellidocs/contracts'
import { until } from '@intellidocs/testing'
import { join } from 'node:path'
import type { FaultContext } from './harness/fault.ts'
import type { LedgerClient, Upload } from './harness/ledger-client.ts'
import type { LedgerFile } from './harness/ledger.ts'
import { readMails } from './harness/mail-folder.ts'
import { joinPerson, signIn, type Person } from './harness/people.ts'
import { openReceiver } from './harness/receiver.ts'
import type { Stack } from './harness/stack.ts'

/** What every run tells a receiver of. */
const types = [
  'workflows.run-started.v1', 'workflows.stage-opened.v1', 'workflows.task-assigned.v1', 'workflows.task-decided.v1', 'workflows.task-closed.v1', 'workflows.stage-closed.v1',
  'workflows.run-ended.v1', 'workflows.hook-asked.v1',
] as const

/** The people, flows and receiver of a stack: they stay for all its faults, each of which has a ledger of its own. */
export type House = {
  readonly people: readonly [Person, Person]
  /** Two people at once and then one of them; both its ends do something. */
  readonly plain: FlowId
  /** One person, who is reminded every few seconds, and soon another one beside them. */
  readonly timed: FlowId
  readonly endpointId: string
  readonly mailsSeen: Set<string>
  ledger: LedgerFile
}

const houses = new WeakMap<Stack, Promise<House>>()
const SECOND = 1 / 3_600

/** The house of this stack, which from now on writes into the ledger of this fault. */
export async function houseOf({ stack, client }: Pick<FaultContext, 'stack' | 'client'>): Promise<House> {
  const making = houses.get(stack) ?? build(stack, client)
  houses.set(stack, making)
  const house = await making
  if (house.ledger !== client.ledger || client.ledger.read().endpoints.length === 0) {
    house.ledger = client.ledger
    const [last] = await stack.sql<{ position: string }>(`select xid || '-' || id as position from event order by xid desc, id desc limit 1`)
    client.ledger.write({ kind: 'endpoint', org: client.org.id, endpointId: house.endpointId, after: last?.position ?? '1-0', types: [...types] })
  }
  return house
}

async function build(stack: Stack, { org, ledger, client }: LedgerClient): Promise<House> {
  const people = [await joinPerson(stack, org, 'ada'), await joinPerson(stack, org, 'ben')] as const
  const { plain, timed } = flowsOf(people)
  const receiver = await openReceiver((hook) => { house.ledger.write({ kind: 'hook', endpointId: house.endpointId, ...hook }) })
  const inPerson = await signIn(stack.api.url, org)
  const { endpoint } = await inPerson.api.webhooks.endpoints.create.mutate({ url: receiver.url, events: [...types] })
  await inPerson.close()
  stack.atEnd(async () => {
    await receiver.close()
    for (const person of people) await person.client.close()
  })
  const publish = async (spec: FlowSpecInput): Promise<FlowId> => {
    const { id } = await client.api.workflows.definitions.create.mutate({ spec })
    return (await client.api.workflows.definitions.publish.mutate({ id })).id
  }
  const house: House = { people, plain: await publish(plain), timed: await publish(timed), endpointId: endpoint.id, mailsSeen: new Set(), ledger }
  return house
}

function flowsOf([ada, ben]: readonly [Person, Person]): { plain: FlowSpecInput; timed: FlowSpecInput } {
  const ask = (...people: readonly Person[]) => people.map(({ userId }) => ({ user: userId }))
  // Two of each, so that a worker can die between them however a run ends.
  const set = (approved: boolean) => ({ do: 'set' as const, metadata: { approved } })
  const effects = { approved: [set(true), { do: 'hook' as const, name: 'approved' }], rejected: [set(false), { do: 'hook' as const, name: 'rejected' }] }
  return {
    plain: {
      name: 'plain', effects,
      stages: [{ key: 'both', name: 'Both', ask: ask(ada, ben), decide: { rule: 'all' } }, { key: 'last', name: 'Last', ask: ask(ada), decide: { rule: 'all' } }],
    },
    timed: {
      name: 'timed', effects,
      stages: [{
        key: 'slow', name: 'Slow', ask: ask(ada), decide: { rule: 'all' }, reminders: [{ every: { hours: 4 * SECOND } }],
        escalation: [{ after: { hours: 2 * SECOND }, to: ask(ben), how: 'add' }],
      }],
    },
  }
}

/** A document that is acknowledged and read. */
export async function readDocument(client: LedgerClient): Promise<DocumentId> {
  let upload: Upload = await client.upload({ kind: 'text', size: 300 })
  // Under its key; what was refused is no reason of the file's.
  await until('an upload is acknowledged', async () => {
    if (upload.outcome.kind !== 'acked') upload = await client.again(upload)
    return upload.outcome.kind === 'acked'
  }, { everyMs: 200, withinMs: 120_000, seen: () => JSON.stringify(upload.outcome) })
  const { outcome } = upload
  if (outcome.kind !== 'acked') throw new Error('it was acknowledged')
  // An API that does not answer while its database is away has not said that it is not.
  const isRead = (): Promise<boolean> => client.client.api.documents.get.query({ id: outcome.documentId }).then(({ state }) => state === 'ready', () => false)
  await until('a document is read', isRead, { everyMs: 400, withinMs: 120_000 })
  return outcome.documentId
}

/** Writes down the mails that lie in the folder now and tell of documents of this ledger's organization. */
export async function noteMails({ stack, client }: Pick<FaultContext, 'stack' | 'client'>): Promise<void> {
  const house = await houseOf({ stack, client })
  const rows = await stack.sql<{ id: string; name: string }>('select id, name from document where org_id = $1', [client.org.id])
  const documents = new Map(rows.map(({ id, name }) => [name, id]))
  const users = new Map((await stack.sql<{ id: string; email: string }>('select id, email from user_account')).map(({ id, email }) => [email, id]))
  for (const { mailId, to, what, name } of await readMails(join(stack.dataDir, 'mail'), house.mailsSeen)) {
    const [documentId, userId] = [documents.get(name), users.get(to)]
    if (documentId === undefined || userId === undefined) throw new Error(`mail ${mailId} tells ${to} of ${name}, which is not there`)
    client.ledger.write({ kind: 'mail', org: client.org.id, mailId, to: userId, documentId, what })
  }
}
