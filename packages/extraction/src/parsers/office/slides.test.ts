import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { textsOf } from '../../testing/read-here.ts'
import { pptxFile } from '../../testing/sample-files.ts'

type Place = readonly [x: number, y: number, width: number, height: number]
const place = (at: Place | null, name = 'a:xfrm') => (at === null ? '' : `<${name}><a:off x="${at[0]}" y="${at[1]}"/><a:ext cx="${at[2]}" cy="${at[3]}"/></${name}>`)
const para = (text: string, properties = '') => `<a:p>${properties}<a:r><a:t>${text}</a:t></a:r></a:p>`
const shape = (body: string, at: Place | null, placeholder = '', list = '') =>
  `<p:sp><p:nvSpPr><p:nvPr>${placeholder}</p:nvPr></p:nvSpPr><p:spPr>${place(at)}</p:spPr><p:txBody><a:lstStyle>${list}</a:lstStyle>${body}</p:txBody></p:sp>`
const tree = (inside: string, after = '') => strToU8(`<p:sld xmlns:p="p" xmlns:a="a" xmlns:mc="mc"><p:cSld><p:spTree>${inside}</p:spTree></p:cSld>${after}</p:sld>`)
const relation = (type: string, target: string) =>
  strToU8(`<Relationships xmlns="r"><Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/></Relationships>`)

/** The text of a slide, which has a layout and a master where these are given. */
async function slide(shapes: string, { layout = '', master = '', styles = '' } = {}): Promise<string | undefined> {
  const files = unzipSync(pptxFile())
  return (await textsOf(zipSync({
    ...files,
    'ppt/slides/slide1.xml': tree(shapes), 'ppt/slides/_rels/slide1.xml.rels': relation('slideLayout', '../slideLayouts/slideLayout1.xml'),
    'ppt/slideLayouts/slideLayout1.xml': tree(layout), 'ppt/slideLayouts/_rels/slideLayout1.xml.rels': relation('slideMaster', '../slideMasters/slideMaster1.xml'),
    'ppt/slideMasters/slideMaster1.xml': tree(master, `<p:txStyles>${styles}</p:txStyles>`),
  })))[1]
}

const title = '<p:ph type="title"/>'

test('the title of a slide comes first, as a heading, wherever the file has it', async () => {
  expect(await slide(shape(para('Body'), [0, 300, 900, 300]) + shape(para('What it costs'), [0, 0, 900, 100], title))).toBe('What it costs\n\nBody')
})

test('what stands above or at the left of another is read before it, though it was drawn later', async () => {
  expect(await slide(shape(para('low'), [0, 300, 900, 100]) + shape(para('right'), [500, 100, 400, 100]) + shape(para('left'), [0, 100, 400, 100]) + shape(para('high'), [100, 0, 100, 50]))).toBe('high\nleft\nright\nlow')
})

test('columns that the file has one after another stay so, and shapes over each other are in the order of drawing', async () => {
  const column = (name: string, x: number) => shape(para(`${name} head`), [x, 0, 400, 100]) + shape(para(`${name} text`), [x, 120, 400, 300])
  expect(await slide(column('first', 0) + column('second', 500))).toBe('first head\nfirst text\nsecond head\nsecond text')
  expect(await slide(shape(para('under'), [0, 0, 400, 400]) + shape(para('over'), [100, 100, 100, 100]))).toBe('under\nover')
  expect(await slide(shape(para('שלום'), [500, 0, 400, 100]) + shape(para('עולם'), [0, 0, 400, 100]))).toBe('שלום\nעולם')
})

test('a placeholder stands where its layout or the master has it', async () => {
  const layout = shape('', [0, 400, 900, 100], '<p:ph idx="4"/>')
  const master = shape('', [0, 0, 900, 100], '<p:ph type="body" idx="1"/>')
  expect(await slide(shape(para('of the layout'), null, '<p:ph idx="4"/>') + shape(para('box'), [0, 200, 900, 100]) + shape(para('of the master'), null, '<p:ph type="body" idx="7"/>'), { layout, master }))
    .toBe('of the master\nbox\nof the layout')
})

test('paragraphs have the marks of the slide, else of the layout, else of the master, by level', async () => {
  const styles = '<p:titleStyle><a:lvl1pPr><a:buChar char="!"/></a:lvl1pPr></p:titleStyle><p:bodyStyle><a:lvl1pPr><a:buChar char="&#xf0b7;"/></a:lvl1pPr><a:lvl2pPr><a:buChar char="–"/></a:lvl2pPr></p:bodyStyle>'
  const layout = shape('', [0, 0, 1, 1], '<p:ph type="body" idx="2"/>', '<a:lvl1pPr><a:buNone/></a:lvl1pPr>')
  const body = para('a') + para('b', '<a:pPr lvl="1"/>') + para('c', '<a:pPr><a:buNone/></a:pPr>') + para('d', '<a:pPr><a:buAutoNum type="alphaLcParenR"/></a:pPr>') + para(' ') + para('e', '<a:pPr><a:buAutoNum type="alphaLcParenR"/></a:pPr>')
    + para('f', '<a:pPr lvl="1"><a:buAutoNum type="romanUcPeriod" startAt="4"/></a:pPr>')
  const text = await slide(shape(para('T'), null, title) + shape(body, null, '<p:ph idx="1"/>') + shape(para('plain'), null, '<p:ph type="body" idx="2"/>') + shape(para('box'), null), { layout, styles })
  expect(text).toBe('T\n\n• a\n– b\nc\na) d\nb) e\nIV. f\nplain\nbox')
})

test('a table on a slide is rows, a group stays together, and notes come last', async () => {
  const cell = (text: string) => `<a:tc><a:txBody>${para(text)}</a:txBody></a:tc>`
  const table = `<p:graphicFrame>${place([0, 300, 900, 100], 'p:xfrm')}<a:tbl><a:tr>${cell('Berth')}${cell('Fee')}</a:tr><a:tr>${cell('Slip')}${cell('402')}</a:tr></a:tbl></p:graphicFrame>`
  const group = `<p:grpSp><p:grpSpPr>${place([0, 0, 900, 200])}</p:grpSpPr>${shape(para('one'), [0, 5000, 1, 1])}${shape(para('two'), [0, 0, 1, 1])}</p:grpSp>`
  const copy = `<mc:AlternateContent><mc:Choice>${shape(para('seen'), [0, 600, 1, 1])}</mc:Choice><mc:Fallback>${shape(para('copied'), [0, 0, 1, 1])}</mc:Fallback></mc:AlternateContent>`
  expect(await slide(table + group + copy)).toBe('one\ntwo\nBerth\tFee\nSlip\t402\nseen')
  const files = unzipSync(pptxFile())
  const shown = strFromU8(files['ppt/slides/slide2.xml'] ?? new Uint8Array()).replace('<p:sp>', `<p:sp><p:nvPr>${title}</p:nvPr>`)
  expect((await textsOf(zipSync({ ...files, 'ppt/slides/slide2.xml': strToU8(shown) })))[0]).toBe('Shown first\n\nWords of the notes')
})
