import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type Instead, type TestHouse } from './test-house.ts'

let house: TestHouse
let working: Awaited<ReturnType<TestHouse['work']>>
const instead: Instead = {}
beforeAll(async () => {
  house = await openTestHouse()
  working = await house.work(instead)
})
afterAll(async () => {
  await working.stop()
  await house.close()
})

/** Sheets of paper with a header, a footer and a number, more of them than are handed over at once. */
const paper: Instead['readDocument'] = () => Promise.resolve({
  mime: 'application/pdf', format: 'pdf', provenance: { extractor: 'pdf', engine: 'pdfium', model: null, version: '1' }, language: 'en', attachments: [], warnings: [],
  facts: { title: null, author: null, createdAt: null, modifiedAt: null },
  pages: Array.from({ length: 70 }, (_, at) => ({
    number: at + 1, needsOcr: false, warnings: [], text: `ACME, for internal use\n${at % 9 === 0 ? '' : `The gazebo of paragraph ${at}.\n`}Page ${at + 1} of 70`,
  })),
})

test('of what processing left, nothing is other than it should be; what is taken away comes back as processing had made it', async () => {
  instead.readDocument = paper
  const { id } = await house.upload('paper', 'handbook.pdf')
  await house.settled(id)
  instead.readDocument = undefined
  const { id: notes } = await house.upload('Minutes of May\n\nThe boat was sold.\n\nNothing else happened.', 'minutes.md')
  await house.settled(notes)
  const { reindexing } = house.modules.search
  const { runInTx } = house.modules.documents.deps
  const index = () => runInTx(house.owner, (tx) => tx.$queryRaw`
    select p.version_id, p.ordinal, p.page, p.char_start, p.char_end, p.text, p.language, k.config, k.tsv::text, k.dl
    from passage p join passage_keyword k on k.passage_id = p.id order by 1, 2`)
  const heal = async () => {
    await reindexing.start(house.owner)
    // As the chore does, which comes again: one that is asked for while a run is ending is begun the next time.
    const look = async () => {
      await reindexing.startRun(house.reindexing)
      return reindexing.latest(house.owner)
    }
    const { reindexing: over } = await until(look, (now) => now.reindexing !== null && now.reindexing.endedAt !== null)
    return Object.entries(over?.found ?? {}).filter(([, count]) => count > 0)
  }
  const before = await index()
  expect(await heal()).toEqual([])
  await runInTx(house.owner, (tx) => tx.$executeRaw`delete from passage where page in (1, 60, 61)`)
  expect(Object.fromEntries(await heal())).toMatchObject({ passages: 4 })
  expect(await index()).toEqual(before)
})
