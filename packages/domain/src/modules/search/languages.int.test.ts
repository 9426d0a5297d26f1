import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import { searchWorld, type SearchWorld } from './search.testkit.ts'

const texts: [string, string | null, string][] = [
  ['english', 'en', 'The heated wings were oscillating above the quays.'],
  ['portuguese', 'pt', 'As informações sobre os contratos foram assinadas pela direção.'],
  ['spanish', 'es', 'Las reuniones trataron de las inversiones y de los niños.'],
  ['french', 'fr', 'Les chevaux généreux couraient près des châteaux abandonnés.'],
  ['german', 'de', 'Die Verträge der Häuser wurden gekündigt, die Straßen gesperrt.'],
  ['dutch', 'nl', 'De vergaderingen werden verplaatst.'],
  ['czech', 'cs', 'Smlouva byla podepsána v pondělí.'],
  ['chinese', 'zh', '租赁合同的通知期为三个月。'],
  ['japanese', 'ja', '2025年度の契約書はサーバーに保存される。'],
  ['korean', 'ko', '회사는 계약을 해지했다.'],
  ['thai', 'th', 'สัญญาเช่าสิ้นสุดในเดือนมีนาคม'],
  ['arabic', 'ar', 'تم توقيع العقود في الصباح'],
  ['greek', 'el', 'Οι συμβάσεις υπογράφηκαν χθες'],
  ['unknown', null, 'Xyloq brannick.'],
]
let world: SearchWorld
let org: TestOrg
beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Languages')
  for (const [name, language, text] of texts) await world.add({ org, name: `${name}.txt`, language, text })
  await world.search.fold()
})
afterAll(() => world.close())

const ask = (query: string) => world.search.query(org.viewer, searchContract.searchQuery.input.parse({ query, mode: 'keyword' }))

test.each([
  ['english', ['wing', 'oscillation', 'HEATED', 'quay']],
  ['portuguese', ['informação', 'informacao', 'contrato', 'direcao', 'assinada']],
  ['spanish', ['reunión', 'reunion', 'inversion', 'niño', 'nino']],
  ['french', ['cheval', 'généreuse', 'genereux', 'château', 'chateau', 'abandonné']],
  ['german', ['Vertrag', 'Haus', 'haeuser', 'hauser', 'strassen', 'Straße', 'gekuendigt']],
  ['dutch', ['vergadering', 'verplaatst']],
  ['czech', ['smlouva', 'podepsana', 'PONDĚLÍ']],
  ['chinese', ['合同', '通知期', '三个月', '租', '月', '期']],
  ['japanese', ['契約書', 'サーバー', '2025', '年度', '契', '書', '年']],
  ['korean', ['회사', '회사는', '계약', '해지', '약', '회', '회사'.normalize('NFD')]],
  ['thai', ['สัญญา', 'มีนาคม', 'เดือน']],
  ['arabic', ['العقود', 'توقيع']],
  ['greek', ['συμβάσεις', 'συμβασεις', 'ΥΠΟΓΡΆΦΗΚΑΝ']],
  ['unknown', ['xyloq', 'BRANNICK']],
])('%s is found by its words, in other forms and without accents where its language has them', async (name, queries) => {
  for (const query of queries) expect.soft((await ask(query)).hits.map((hit) => hit.name), query).toEqual([`${name}.txt`])
})

test('found characters are marked where they stand', async () => {
  const marked = async (query: string) => (await ask(query)).hits.flatMap((hit) => hit.highlights.map(({ start, end }) => hit.passage.slice(start, end)))
  expect(await marked('契約')).toEqual(['契約'])
  expect(await marked('계약')).toEqual(['계약'])
})

test('phrases and exclusions count characters', async () => {
  const names = async (query: string) => (await ask(query)).hits.map((hit) => hit.name)
  expect(await names('"通知期为"')).toEqual(['chinese.txt'])
  expect(await names('"期通知"')).toEqual([])
  expect(await names('"2025年"')).toEqual(['japanese.txt'])
  expect(await names('契約 -年')).toEqual([])
  expect(await names('계약 -"회사"')).toEqual([])
})

test('no answer is empty where any word of the query stands somewhere, a stop word beside nonsense too', async () => {
  for (const query of ['the qqqzzz', 'qqqzzz wing', 'de qqqzzz', 'qqqzzz 月']) expect((await ask(query)).hits, query).not.toEqual([])
  expect((await ask('qqqzzz')).hits).toEqual([])
})
