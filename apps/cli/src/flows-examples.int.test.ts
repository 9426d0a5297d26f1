import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOffice, well, type Office } from './flows.testkit.ts'
import { refusal, type Terminal } from './terminals.testkit.ts'

/** The flows of `examples/flows`, applied as they are and run as their texts say. */
const folder = join(import.meta.dirname, '..', '..', '..', 'examples', 'flows')

let office: Office
let owner: Terminal
beforeAll(async () => {
  office = await openOffice({ Approvers: ['ada', 'ben', 'cleo'], Legal: ['ada'], Directors: ['ben', 'cleo'], Safety: ['ada'], People: ['ben'], Authors: ['dora'] })
  owner = office.owner
})
afterAll(() => office.close())

const fieldsOf = async (document: string): Promise<string> => (await well(owner.run('show', document))).stdout
const asksNow = async (name: string, document: string): Promise<boolean> => (await office.of(name).run('tasks')).stdout.includes(`${document} (version`)

test.each([
  ['sign-off', 'Sign-off', ['An owner signs it off: opens', 'asks Administrator', 'It ends approved']],
  ['invoice-over-limit', 'Invoice over the limit', ['Two of three sign: opens', 'asks ada', 'asks ben', 'asks cleo', 'It ends approved']],
  ['contract-signature', 'Contract, legal then a director', ['Legal: opens', 'Any director: opens', 'asks ben', 'It ends approved']],
  ['policy-review', 'Policy with yearly review', ['Safety reads it: opens', "The people's side reads it: opens", 'It cannot go on there: a stage has nobody to ask.']],
])('%s is published, and simulated by an owner', async (file, name, parts) => {
  const document = await office.document(`${file}.txt`)
  // A flow may ask of documents only what is known of some.
  await well(owner.run('set', document, 'amount=1'))
  expect((await well(owner.run('flows', 'apply', join(folder, `${file}.yaml`)))).stdout).toContain(`${name}, version 1 is published.`)
  const { stdout } = await well(owner.run('flows', 'simulate', name, document))
  for (const part of parts) expect(stdout).toContain(part)
})

test('one owner signs off alone what they started themselves', async () => {
  const document = await office.document('alone.txt')
  await well(owner.run('flows', 'start', 'Sign-off', document))
  await office.asked(owner, document)
  await well(owner.run('approve', document, '--comment', 'as decided on Monday'))
  await office.told(document, 'Sign-off on alone.txt: approved')
  await office.soon(async () => expect(await fieldsOf(document)).toMatch(/^tags +signed off$/m))
})

test('an invoice over the limit begins by itself, is paid with two of three signatures, and one under it begins nothing', async () => {
  const [large, small] = [await office.document('large.txt'), await office.document('small.txt')]
  await well(owner.run('set', small, 'amount=5000'))
  await well(owner.run('tag', small, '+invoice'))
  await well(owner.run('set', large, 'amount=5001'))
  await well(owner.run('tag', large, '+invoice'))
  const [ada, ben] = [office.of('ada'), office.of('ben')]
  await office.asked(ada, large)
  await well(ada.run('approve', large))
  await well(ben.run('approve', large))
  expect(await office.told(large, 'over the limit on large.txt: approved')).toContain('cleo <cleo@example.org> need not answer any more: the stage is decided')
  await office.soon(async () => expect(await fieldsOf(large)).toMatch(/^tags +approved, invoice$(.*\n)*^metadata\.status +to be paid$/m))
  const pdf = join(office.dir, 'large.pdf')
  await well(owner.run('certificate', 'save', large, '-o', pdf))
  expect((await well(owner.run('certificate', 'verify', pdf))).stdout).toContain('"large.txt", version 1: approved in "Invoice over the limit"')
  expect((await owner.run('flows', 'runs', '--document', small)).stdout).toBe('There are no such runs.\n')
})

test('a contract is decided with a second factor only, and the refusal says how to have one', async () => {
  const document = await office.document('contract.txt')
  await well(owner.run('flows', 'start', 'Contract, legal then a director', document))
  const ada = office.of('ada')
  await office.asked(ada, document)
  expect(await ada.run('approve', document)).toMatchObject(refusal('"intellidocs second-factor begin" sets one up; then "intellidocs login" asks for its code.'))
  expect(await asksNow('ada', document)).toBe(true)
  await well(owner.run('flows', 'withdraw', document))
})

test('a policy is read side by side; what an owner rejects goes back to safety alone, and what the people’s side said stands', async () => {
  const [ada, ben, dora] = [office.of('ada'), office.of('ben'), office.of('dora')]
  // Whoever made the version would not be asked.
  const document = await office.document('policy.txt', dora)
  await well(dora.run('flows', 'start', 'Policy with yearly review', document))
  await office.asked(ada, document)
  await office.asked(ben, document)
  await well(ben.run('approve', document, '--comment', 'for our side'))
  await well(ada.run('approve', document))
  await office.asked(owner, document)
  await well(owner.run('reject', document, '--comment', 'the drill is missing'))
  await office.asked(ada, document)
  expect(await asksNow('ben', document)).toBe(false)
  await well(ada.run('approve', document))
  await office.asked(owner, document)
  await well(owner.run('approve', document))
  const told = await office.told(document, 'yearly review on policy.txt: approved')
  expect(told.split('\n').filter((line) => /^\S.*(approved|rejected)$/.test(line))).toEqual([
    'Safety reads it: approved', "The people's side reads it: approved", 'An owner puts it in force: rejected', 'Safety reads it, round 2: approved', 'An owner puts it in force, round 2: approved',
  ])
  await office.soon(async () => expect(await fieldsOf(document)).toMatch(/^tags +in force$(.*\n)*^metadata\.review +next year$/m))
})

test('a technical policy is not asked of the people’s side', async () => {
  const document = await office.document('technical.txt')
  await well(owner.run('tag', document, '+technical'))
  expect((await well(owner.run('flows', 'simulate', 'Policy with yearly review', document))).stdout).toContain("The people's side reads it: skipped")
})
