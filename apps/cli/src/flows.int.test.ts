import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openOffice, well, type Office } from './flows.testkit.ts'
import { runCli } from './run.testkit.ts'
import { refusal, type Terminal } from './terminals.testkit.ts'

type Started = { run: { id: string; state: string } }
type Shown = { run: { state: string; steps: { stage: string; state: string; tasks: { decision: { verdict: string; comment: string | null } | null }[] }[] } }
type Tasks = { tasks: { id: string; documentName: string; stageName: string; contentSha256: string }[]; counts: { open: number; overdue: number } }

let office: Office
let owner: Terminal
let ada: Terminal
let ben: Terminal
let cleo: Terminal
beforeAll(async () => {
  office = await openOffice({ Lawyers: ['ada'], Board: ['ada', 'ben'], Guests: ['cleo'] })
  owner = office.owner
  ;[ada, ben, cleo] = [office.of('ada'), office.of('ben'), office.of('cleo')]
})
afterAll(() => office.close())

const CONTRACT = `
name: Contract
stages:
  - key: law
    name: Law
    ask: [{ group: Lawyers }]
    decide: { rule: all }
    deadline: { workingDays: 2 }
  - key: board
    name: The board
    ask: [{ group: board }]
    decide: { rule: any }
effects:
  approved:
    - { do: tag, add: [signed] }
`
const STAGES = "stages: [{ key: one, name: One, ask: [{ user: ben@example.org }], decide: { rule: any } }]"
const flowsOf = async (who: Terminal): Promise<string[]> => ((await who.run('flows', '--json')).json() as { flows: { name: string; version: number }[] }).flows.map(({ name, version }) => `${name} ${version}`)
const tasksOf = async (who: Terminal, ...more: string[]): Promise<Tasks> => (await who.run('tasks', '--json', ...more)).json() as Tasks
const start = async (flow: string, document: string): Promise<string> => ((await well(owner.run('flows', 'start', flow, document, '--json'))).json() as Started).run.id

describe('a flow', () => {
  test('is published from a file with names in it, shown as a file that can be applied again, and gets a version more', async () => {
    expect((await owner.run('flows')).stdout).toContain('There are no flows')
    const path = await office.file('contract.yaml', CONTRACT)
    expect((await well(owner.run('flows', 'apply', path))).stdout).toBe('Contract, version 1 is published. Runs that have begun keep the version they began with.\n')
    expect((await owner.run('flows')).stdout).toMatch(/^v1 {2}[0-9a-f-]{36} {2}Contract\n$/)
    const shown = (await well(owner.run('flows', 'show', 'contract'))).stdout
    expect(shown).toMatch(/^# Contract, version 1\nname: Contract\n/)
    expect(shown).toContain('group: Board')
    // The same again is no new version; another text is.
    expect((await well(owner.run('flows', 'apply', await office.file('shown.yaml', shown)))).stdout).toContain('version 1')
    const changed = await office.file('changed.yaml', shown.replace('rule: any', 'rule: all'))
    expect((await well(owner.run('flows', 'apply', changed, '--json'))).json()).toMatchObject({ flow: { name: 'Contract', version: 2 } })
    expect((await well(owner.run('flows', 'show', 'Contract', '--json'))).json()).toMatchObject({ flow: { version: 2, spec: { stages: [{ key: 'law' }, { key: 'board', decide: { rule: 'all' } }] } } })
    await well(owner.run('flows', 'apply', path))
  })

  test('is kept as a draft, which starts nothing until it is published', async () => {
    const path = await office.file('later.yaml', `name: Later\n${STAGES}\n`)
    expect((await well(owner.run('flows', 'apply', path, '--draft'))).stdout).toContain('Later is kept as a draft.')
    const note = await office.document('later.txt')
    expect(await owner.run('flows', 'start', 'Later', note)).toMatchObject(refusal('was never published'))
    await well(owner.run('flows', 'apply', path))
    expect(await owner.run('flows', 'apply', path, '--draft')).toMatchObject(refusal('is published already'))
    expect(await owner.run('flows', 'archive', 'Later')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect((await well(owner.asked(['Later'], 'flows', 'archive', 'Later'))).stdout).toBe('Later is archived.\n')
    expect(await owner.run('flows', 'start', 'Later', note)).toMatchObject(refusal('There is no flow "Later"'))
  })

  test.each([
    ['that is no YAML', 'name: [', 'is not YAML'],
    ['with a word that it does not know', `name: X\nfoureyes: true\n${STAGES}`, 'flow: Unrecognized key: "foureyes"'],
    ['that asks a group that is not there', 'name: X\nstages: [{ key: a, name: A, ask: [{ group: Nobody }], decide: { rule: any } }]', 'There is no group "Nobody"'],
    ['that wants more approvals than there are people', 'name: X\nstages: [{ key: a, name: A, ask: [{ group: Board }], decide: { rule: quorum, approvals: 3 } }]', 'stages.0.decide.approvals: it wants 3 approvals of 2 people'],
    ['that goes back to a later stage', 'name: X\nstages: [{ key: a, name: A, ask: [{ group: Board }], decide: { rule: any }, onReject: { back: b } }]', 'stages.0.onReject.back: there is no stage b before this one'],
  ])('%s is refused with its place, and nothing of it is kept', async (_what, content, sentence) => {
    const before = await flowsOf(owner)
    expect(await owner.run('flows', 'apply', await office.file('wrong.yaml', content))).toMatchObject(refusal(sentence))
    expect(await flowsOf(owner)).toEqual(before)
  })

  test('of somebody who may not define flows is refused with what it takes; a file that is not there is told', async () => {
    expect(await ada.run('flows', 'apply', await office.file('ada.yaml', `name: Mine\n${STAGES}`))).toMatchObject(refusal('It takes flows:manage.'))
    expect(await owner.run('flows', 'apply', join(office.dir, 'none.yaml'))).toMatchObject(refusal('is not there'))
    expect(await owner.run('flows', 'show', 'none')).toMatchObject(refusal('There is no flow "none". "intellidocs flows" lists those there are.'))
  })

  test('is simulated by its name, or out of a file that nobody applied: who would be asked when, and what is wrong', async () => {
    const document = await office.document('simulated.txt')
    const { stdout } = await well(owner.run('flows', 'simulate', 'Contract', document))
    expect(stdout).toMatch(/^Law: opens \d{4}-\d\d-\d\d \d\d:\d\d UTC, due \d{4}-\d\d-\d\d \d\d:\d\d UTC\n {2}asks ada <ada@example\.org>\n/)
    expect(stdout).toMatch(/It ends approved at .* UTC, if you start it now and everybody approves at once\.\n$/)
    expect((await tasksOf(ada)).tasks).toEqual([])
    const alone = await office.file('alone.yaml', 'name: Alone\nstages: [{ key: a, name: A, ask: [{ role: owner }], decide: { rule: any } }]')
    expect((await owner.run('flows', 'simulate', alone, document)).stdout).toContain('  asks nobody\nIt cannot go on there: a stage has nobody to ask.')
    const wrong = await office.file('wrong.yaml', 'name: X\nstages: [{ key: a, name: A, ask: [{ group: Board }], decide: { rule: quorum, approvals: 3 } }]')
    expect(await owner.run('flows', 'simulate', wrong, document)).toMatchObject({ code: 1, stdout: expect.stringContaining('it wants 3 approvals of 2 people') })
  })
})

describe('a run', () => {
  test('asks one stage after the other; each is told, answers by the name of the document, and what became of it is read by stage', async () => {
    const document = await office.document('deed.txt')
    const begun = await well(owner.run('flows', 'start', 'Contract', document, '--note', 'before Friday'))
    expect(begun.stdout).toMatch(/^Contract has begun on deed\.txt: run [0-9a-f-]{36}\.\nLaw, due .* UTC, asks ada <ada@example\.org>\.\n$/)
    await office.asked(ada, document)
    expect((await ada.run('tasks')).stdout).toMatch(/^due \d{4}-\d\d-\d\d \d\d:\d\d UTC {2}[0-9a-f-]{36} {2}deed\.txt \(version 1\) {2}Contract: Law\n1 open task, 0 overdue\. Answer with "intellidocs approve DOCUMENT"/)
    expect((await ben.run('tasks')).stdout).toBe('Nothing is asked of you.\n')
    expect(await ben.run('approve', document)).toMatchObject(refusal('Nothing is asked of you about "deed.txt"'))
    expect(await owner.run('flows', 'start', 'Contract', document)).toMatchObject(refusal('A run of this flow on this document is still open'))

    const [task] = (await tasksOf(ada)).tasks
    expect(await ada.run('approve', document, '--sha256', '0'.repeat(64))).toMatchObject(refusal('The document has changed since you saw it'))
    expect((await well(ada.run('approve', task?.id ?? '', '--comment', 'as agreed', '--json'))).json()).toMatchObject({ status: 'decided', task: { decision: { verdict: 'approve', comment: 'as agreed' } } })
    await office.asked(ben, document)
    expect((await well(ben.run('approve', document))).stdout).toBe('Approved: deed.txt, version 1, in The board.\n')
    expect((await ben.run('tasks', '--decided')).stdout).toMatch(/^approved {2}/)
    const told = await office.told(document, 'certificate save')
    expect(told).toMatch(/^Contract on deed\.txt: approved, asked for by /)
    expect(told).toMatch(/\nNote: before Friday\nLaw: approved\n {2}ada <ada@example\.org> approved at .* UTC: as agreed\nThe board: approved\n/)
    expect(told).toContain('ada <ada@example.org> need not answer any more: the stage is decided')
    await office.soon(async () => expect((await owner.run('show', document)).stdout).toMatch(/^tags +signed$/m))
    expect((await owner.run('flows', 'runs', '--document', document, '--state', 'over')).stdout).toMatch(/^approved {2}.* Contract {2}deed\.txt\n$/)
    expect((await owner.run('flows', 'runs', '--document', document, '--state', 'open')).stdout).toBe('There are no such runs.\n')
  })

  test('asks somebody else, where whoever manages the document gives the task to them', async () => {
    const document = await office.document('moved.txt')
    await start('Contract', document)
    await office.asked(ada, document)
    expect(await owner.run('flows', 'reassign', document, 'ben@example.org', 'ada@example.org')).toMatchObject(refusal('Nothing is asked of ben about moved.txt'))
    expect(await ben.run('flows', 'reassign', document, 'ada@example.org', 'ben@example.org')).toMatchObject({ code: 1 })
    expect((await well(owner.run('flows', 'reassign', document, 'ada@example.org', 'ben@example.org', '--reason', 'she is away'))).stdout).toBe('Law asks ben now, in place of ada.\n')
    await office.asked(ben, document)
    expect((await tasksOf(ada)).tasks).toEqual([])
    expect((await ben.run('tasks')).stdout).toContain('in place of ada <ada@example.org>, who says: she is away')
    await well(owner.run('flows', 'withdraw', document))
  })

  test('ends with a rejection, whose words are read there and in the inbox of whoever asked', async () => {
    const document = await office.document('draft.txt')
    await start('Contract', document)
    await office.asked(ada, document)
    await office.soon(async () => expect((await ada.run('inbox')).stdout).toMatch(/• .* a task for you +draft\.txt/))
    expect((await well(ada.run('reject', document, '--comment', 'clause 4 is missing'))).stdout).toBe('Rejected: draft.txt, version 1, in Law.\n')
    expect(await office.told(document, 'rejected, asked for by')).toContain('rejected at')
    expect((await well(owner.run('flows', 'run', document, '--json'))).json() as Shown).toMatchObject({ run: { state: 'rejected', steps: [{ stage: 'law', tasks: [{ decision: { verdict: 'reject', comment: 'clause 4 is missing' } }] }] } })
    await office.soon(async () => expect((await owner.run('inbox')).stdout).toMatch(/• .* a flow is over +draft\.txt +rejected/))
    expect(await ada.run('reject', document)).toMatchObject(refusal('Nothing is asked of you'))
  })

  test('is withdrawn by whoever asked for it, and by no other', async () => {
    const document = await office.document('mistake.txt')
    const id = await start('Contract', document)
    await office.asked(ada, document)
    expect(await ada.run('flows', 'withdraw', id)).toMatchObject({ code: 1, stdout: '' })
    expect((await well(owner.run('flows', 'withdraw', document, '--reason', 'the wrong file'))).stdout).toBe('Contract on mistake.txt is withdrawn; nobody is asked any more.\n')
    expect((await tasksOf(ada)).tasks.filter(({ documentName }) => documentName === document)).toEqual([])
    expect((await owner.run('flows', 'run', document)).stdout).toContain('the wrong file')
  })

  test('of a document on which none was started, or that is not there, is told as such', async () => {
    const document = await office.document('untouched.txt')
    expect(await owner.run('flows', 'run', document)).toMatchObject(refusal('No flow was ever started on "untouched.txt"'))
    expect(await owner.run('flows', 'run', 'nowhere.txt')).toMatchObject(refusal('There is no document called "nowhere.txt"'))
    expect(await owner.run('flows', 'start', 'none', document)).toMatchObject(refusal('There is no flow "none"'))
    expect(await owner.run('flows', 'runs', '--state', 'sleeping')).toMatchObject({ code: 2 })
    expect(await owner.run('flows', 'nonsense')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no place for "nonsense" here.') })
  })
})

describe('who is away', () => {
  test('gives one task to somebody else, who decides it in their place', async () => {
    const document = await office.document('holiday.txt')
    await start('Contract', document)
    await office.asked(ada, document)
    expect(await ada.run('delegate', 'nobody@example.org', document)).toMatchObject(refusal('There is no member "nobody@example.org"'))
    expect(await ada.run('delegate', 'ben@example.org')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name the task to give away, or with --until') })
    expect((await well(ada.run('delegate', 'ben@example.org', document, '--reason', 'on holiday'))).stdout).toBe("holiday.txt is ben's to decide now.\n")
    expect(await ada.run('approve', document)).toMatchObject(refusal('Nothing is asked of you'))
    expect((await ben.run('tasks')).stdout).toContain('Contract: Law, in place of ada <ada@example.org>, who says: on holiday\n')
    await well(ben.run('reject', document))
    expect(await office.told(document, 'rejected, asked for by')).toContain('ben <ben@example.org>, in place of ada <ada@example.org>, rejected at')
  })

  test('names who stands in until a day, and ends that again', async () => {
    expect(await ada.run('delegate', 'ben@example.org', '--until', 'soon')).toMatchObject({ code: 2, stderr: expect.stringContaining('"soon" is no moment') })
    expect(await ada.run('delegate', 'ben@example.org', '--until', '2020-01-01')).toMatchObject({ code: 2, stderr: expect.stringContaining('2020-01-01 00:00 UTC is over already.') })
    expect((await ada.run('delegations')).stdout).toBe('Nobody stands in for anybody.\n')
    const until = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString()
    expect((await well(ada.run('delegate', 'ben', '--until', until, '--flow', 'Contract'))).stdout).toMatch(/^Until \d{4}-\d\d-\d\d \d\d:\d\d UTC, what is asked of you goes to ben\. Tasks that are open by then stay with you; .*\n$/)
    expect((await ben.run('delegations')).stdout).toContain('ada <ada@example.org> -> ben <ben@example.org>')
    expect((await cleo.run('delegations')).stdout).toBe('Nobody stands in for anybody.\n')
    const document = await office.document('stand-in.txt')
    await start('Contract', document)
    await office.asked(ben, document)
    const { delegations } = (await ada.run('delegations', '--json')).json() as { delegations: { id: string }[] }
    expect((await well(ada.run('delegations', 'revoke', delegations[0]?.id ?? ''))).stdout).toBe('It is over; what was handed on stays where it is.\n')
    expect((await well(ada.run('delegations', 'revoke', delegations[0]?.id ?? ''))).stdout).toBe('It was over already.\n')
    await well(ben.run('approve', document))
  })
})

test('tags and fields begin a flow by themselves; each is set, shown and taken off in words', async () => {
  const document = await office.document('invoice.txt')
  const trigger = 'trigger: { on: tagged, tag: invoice, when: { fact: metadata.amount, above: 100 } }'
  const paid = await office.file('paid.yaml', `name: Paid\n${trigger}\n${STAGES}`)
  expect(await owner.run('flows', 'apply', paid)).toMatchObject(refusal('trigger.when.fact: no document has a field amount'))
  expect((await well(owner.run('set', document, 'amount=250', 'supplier=Brannock Haulage'))).stdout).toBe('amount    250\nsupplier  Brannock Haulage\n')
  await well(owner.run('flows', 'apply', paid))
  expect((await well(owner.run('tag', document, '+Invoice', '+to pay'))).stdout).toBe('invoice.txt has invoice, to pay now.\n')
  await office.asked(ben, document)
  expect((await owner.run('tags')).stdout).toMatch(/^1 document +invoice$/m)
  expect((await well(owner.run('tag', document, '-to pay', '--json'))).json()).toMatchObject({ document: { tags: ['invoice'] } })
  expect(await owner.run('tag', document, 'invoice')).toMatchObject({ code: 2, stderr: expect.stringContaining('"invoice" is neither +word nor -word.') })
  expect(await owner.run('set', document, 'Amount')).toMatchObject({ code: 2, stderr: expect.stringContaining('is not field=value') })
  expect((await well(owner.run('set', document, 'amount=', 'supplier='))).stdout).toBe('No field is set.\n')
  await well(ben.run('approve', document))
})

test('a certificate is saved by the name of its document, verifies where no server is, and a changed one is refused', async () => {
  const offline = (...args: string[]) => runCli(['certificate', 'verify', ...args], { env: { XDG_CONFIG_HOME: join(office.dir, 'nobody'), INTELLIDOCS_URL: 'http://127.0.0.1:9' } })
  const document = await office.document('certified.txt')
  await well(owner.run('flows', 'apply', await office.file('quick.yaml', `name: Quick\n${STAGES}\n`)))
  await start('Quick', document)
  await office.asked(ben, document)
  expect(await owner.run('certificate', 'save', document)).toMatchObject(refusal('A run has a certificate once it is over'))
  await well(ben.run('approve', document, '--comment', 'fine'))
  const [pdf, json] = [join(office.dir, 'c.pdf'), join(office.dir, 'c.json')]
  const { stdout } = await office.soon(() => well(owner.run('certificate', 'save', document, '-o', pdf, '--force')))
  expect(stdout).toBe(`${pdf} is written. Check it with "intellidocs certificate verify ${pdf}".\n`)
  await well(owner.run('certificate', 'save', document, '-o', json, '--format', 'json'))
  const key = (await owner.run('certificate', 'key')).stdout.trim()
  for (const path of [pdf, json]) {
    const ran = await well(offline(path, '--key', key, '--document', join(office.dir, document)))
    expect(ran.stdout).toMatch(/^"certified\.txt", version 1: approved in "Quick" on [\d-]{10}\.\n {2}approved {2}[\d-]{10} {2}ben\n(.*\n)*ok\n$/)
  }
  await writeFile(json, (await readFile(json, 'utf8')).replace('"comment":"fine"', '"comment":"no"'))
  expect(await offline(json, '--key', key)).toMatchObject({ code: 1, stdout: 'wrong: What the certificate says is not what was signed.\n' })
})
