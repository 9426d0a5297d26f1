import { strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { pptxFile } from '../../testing/sample-files.ts'
import { readHere } from '../../testing/read-here.ts'
import { chartText } from './charts.ts'

const points = (...values: readonly string[]) => values.map((value, n) => `<c:pt idx="${n}"><c:v>${value}</c:v></c:pt>`).join('')
const strings = (part: string, ...values: readonly string[]) => `<c:${part}><c:strRef><c:f>Sheet1!$A$1</c:f><c:strCache>${points(...values)}</c:strCache></c:strRef></c:${part}>`
const numbers = (part: string, format: string, ...values: readonly string[]) =>
  `<c:${part}><c:numRef><c:numCache><c:formatCode>${format}</c:formatCode>${points(...values)}</c:numCache></c:numRef></c:${part}>`
const chart = (series: readonly string[], title = '') => strToU8(`<c:chartSpace xmlns:c="c" xmlns:a="a"><c:date1904 val="0"/><c:chart>${title === '' ? '' : `<c:title><c:tx><c:rich><a:p><a:r><a:t>${title}</a:t></a:r></a:p></c:rich></c:tx></c:title>`}
  <c:plotArea><c:barChart>${series.map((one) => `<c:ser>${one}</c:ser>`).join('')}</c:barChart></c:plotArea></c:chart></c:chartSpace>`)
const textOf = (...of: Parameters<typeof chart>): string[] => chartText(Buffer.from(chart(...of))).split('\n')

test('a chart says its title, its series and the values of each point', () => {
  const by = strings('cat', 'East', 'West')
  expect(textOf([strings('tx', 'Sales 2026') + by + numbers('val', 'General', '1.2', '3.4'), strings('tx', 'Share') + by + numbers('val', '0.0%', '0.125', '0.875')], 'Where it is sold'))
    .toEqual(['Where it is sold', '\tSales 2026\tShare', 'East\t1.2\t12.5%', 'West\t3.4\t87.5%'])
})

test('dates as dates, clouds of points by both of their numbers, names of several levels from without to within, and gaps as gaps', () => {
  expect(textOf([strings('tx', 'Boats') + numbers('cat', 'yyyy-mm-dd', '46023', '46024') + numbers('val', 'General', '7', '9')])).toEqual(['\tBoats', '2026-01-01\t7', '2026-01-02\t9'])
  expect(textOf([numbers('xVal', 'General', '1', '2') + numbers('yVal', 'General', '10', '20') + numbers('bubbleSize', 'General', '5', '6')])).toEqual(['1\t10\t5', '2\t20\t6'])
  const levels = `<c:cat><c:multiLvlStrRef><c:multiLvlStrCache><c:lvl>${points('Q1', 'Q2')}</c:lvl><c:lvl>${points('2026')}</c:lvl></c:multiLvlStrCache></c:multiLvlStrRef></c:cat>`
  expect(textOf([levels + numbers('val', 'General', '3')])).toEqual(['2026 Q1\t3', 'Q2'])
  expect(textOf([])).toEqual([''])
})

test('words that look like numbers stay as they are, and series that count by something else stand apart', () => {
  expect(textOf([strings('tx', '1.50') + strings('cat', '3.10', '1E5') + numbers('val', 'General', '7.10', '8')])).toEqual(['\t1.50', '3.10\t7.1', '1E5\t8'])
  const cloud = (name: string, x: readonly string[], y: readonly string[]) => strings('tx', name) + numbers('xVal', 'General', ...x) + numbers('yVal', 'General', ...y)
  expect(textOf([cloud('A', ['1', '2'], ['10', '20']), cloud('B', ['500'], ['50'])])).toEqual(['\tA', '1\t10', '2\t20', '\tB', '500\t50'])
})

test('what is filtered out of a chart is not told, and labels of points are no names of series', () => {
  const label = `<c:dLbls><c:dLbl><c:tx><c:strRef><c:strCache>${points('Label')}</c:strCache></c:strRef></c:tx></c:dLbl></c:dLbls>`
  const hidden = `<c:extLst><c:ext><c15:filteredBarSeries><c15:ser>${strings('tx', 'Hidden')}${numbers('val', 'General', '99')}</c15:ser></c15:filteredBarSeries></c:ext></c:extLst>`
  expect(textOf([strings('tx', 'Shown') + label + numbers('val', 'General', '1') + hidden])).toEqual(['\tShown', '\t1'])
})

test('of measurements without end the first are told', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => String(n))
  expect(textOf([numbers('val', 'General', ...many)])).toHaveLength(1_000)
})

test('a slide that is a chart alone has its words', async () => {
  const files = unzipSync(pptxFile())
  const slide = Object.keys(files).find((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name)) ?? ''
  const rels = slide.replace('slides/', 'slides/_rels/').concat('.rels')
  const relations = `<Relationships><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart" Target="../charts/chart1.xml"/></Relationships>`
  const { pages } = await readHere(zipSync({ ...files, [rels]: strToU8(relations), 'ppt/charts/chart1.xml': chart([strings('tx', 'Sales') + strings('cat', 'East') + numbers('val', 'General', '4')]) }))
  expect(pages.some(({ text }) => text.endsWith('\tSales\nEast\t4'))).toBe(true)
})
