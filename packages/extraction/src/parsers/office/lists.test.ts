import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { textsOf } from '../../testing/read-here.ts'
import { docxFile, odfFile, paragraph } from '../../testing/sample-files.ts'

const level = (at: number, format: string, text: string, more = '') => `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/>${more}</w:lvl>`
const numbering = (inside: string) => strToU8(`<w:numbering xmlns:w="w">${inside}</w:numbering>`)
const outline = `<w:abstractNum w:abstractNumId="7">${level(0, 'decimal', '%1.', '<w:pStyle w:val="Heading1"/>')}${level(1, 'lowerLetter', '%2)')}${level(2, 'upperRoman', '%1.%2.%3')}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>`
const properties = (inside: string) => `<w:pPr>${inside}</w:pPr>`
const listed = (text: string, at = 0, list = 1) => `<w:p>${properties(`<w:numPr><w:ilvl w:val="${at}"/><w:numId w:val="${list}"/></w:numPr>`)}<w:r><w:t>${text}</w:t></w:r></w:p>`
const styled = (style: string, text: string, more = '') => `<w:p>${properties(`<w:pStyle w:val="${style}"/>${more}`)}<w:r><w:t>${text}</w:t></w:r></w:p>`

/** The lines of the body alone. */
async function word(body: string, parts: { numbering?: string; styles?: string }): Promise<string[]> {
  const [text = ''] = await textsOf(docxFile(body, {
    'word/numbering.xml': numbering(parts.numbering ?? outline), 'word/styles.xml': strToU8(`<w:styles xmlns:w="w">${parts.styles ?? ''}</w:styles>`),
  }))
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('Words of'))
}

test('entries of a Word list are lines with their marks, and deeper levels begin again', async () => {
  expect(await word(`${listed('Lift')}${listed('straps', 1)}${listed('check', 2)}${listed('wood', 1)}${paragraph('Meanwhile')}${listed('Wash')}${listed('soap', 1)}`, {}))
    .toEqual(['1. Lift', 'a) straps', '1.a.I check', 'b) wood', 'Meanwhile', '2. Wash', 'a) soap'])
})

test('a list of Word counts on under another number, and begins again where the file says so', async () => {
  const more = '<w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
  expect(await word([listed('a'), listed('b', 0, 2), listed('c', 0, 3), listed('d', 0, 3), listed('e', 0, 0), listed('f', 0, 99)].join(''), { numbering: outline + more }))
    .toEqual(['1. a', '2. b', '5. c', '6. d', 'e', 'f'])
})

test.each([['\uf0b7', '•'], ['o', '•'], ['–', '–'], ['', '•']])('a bullet that Word calls "%s" is "%s"', async (sign, mark) => {
  const list = `<w:abstractNum w:abstractNumId="1">${level(0, 'bullet', sign)}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>`
  expect(await word(listed('a') + listed('b'), { numbering: list })).toEqual([`${mark} a`, `${mark} b`])
})

test('styles of paragraphs are in lists, also by what they are based on, unless a paragraph says that it is in none', async () => {
  const styles = '<w:style w:styleId="Heading1"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:styleId="Sub"><w:basedOn w:val="Heading1"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
  const none = '<w:numPr><w:numId w:val="0"/></w:numPr>'
  expect(await word(styled('Heading1', 'Term') + styled('Sub', 'Notice') + styled('Heading1', 'Annex', none) + styled('Heading1', 'Rent'), { styles }))
    .toEqual(['1. Term', 'a) Notice', 'Annex', '2. Rent'])
})

test('what a paragraph was before a change, empty entries and text boxes neither take nor lose a mark', async () => {
  const changed = `<w:p>${properties('<w:pPrChange><w:pPr><w:pStyle w:val="Heading1"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange>')}<w:r><w:t>plain</w:t></w:r></w:p>`
  const box = `<w:p>${properties('<w:numPr><w:numId w:val="1"/></w:numPr>')}<w:r><w:txbxContent>${paragraph('boxed')}</w:txbxContent><w:t>around</w:t></w:r></w:p>`
  expect(await word(changed + listed('') + box + listed('last'), {})).toEqual(['plain', '2. around', 'boxed', '3. last'])
})

test('no list makes a mark long, whatever it says', async () => {
  const list = `<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="2000000000"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="${'%1'.repeat(500)}"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>`
  expect((await word(listed('a'), { numbering: list }))[0]?.length).toBeLessThan(50)
})

/** Lines of an OpenDocument text with a numbered list style `N` of three levels, and one of bullets, `B`. */
async function open(body: string): Promise<string[]> {
  const number = (at: number, more: string) => `<text:list-level-style-number text:level="${at}" ${more}/>`
  const styles = `<office:automatic-styles><text:list-style style:name="N">${number(1, 'style:num-suffix="." style:num-format="1"')}${number(2, 'style:num-prefix="(" style:num-suffix=")" style:num-format="a"')}${number(3, 'style:num-format="I" text:display-levels="3"')}</text:list-style>`
    + '<text:list-style style:name="B"><text:list-level-style-bullet text:level="1" text:bullet-char="\uf0b7"/></text:list-style>'
    + `<text:list-style style:name="F">${number(1, 'style:num-format="1" style:num-suffix="." text:start-value="4" loext:num-list-format="§ %1%"')}</text:list-style></office:automatic-styles>`
  const files = unzipSync(odfFile('text', body))
  const content = strFromU8(files['content.xml'] ?? new Uint8Array()).replace('<office:body>', `${styles}<office:body>`)
  const [text = ''] = await textsOf(zipSync({ ...files, 'content.xml': strToU8(content) }))
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('Words of'))
}

const p = (text: string) => `<text:p>${text}</text:p>`
const item = (inside: string, attributes = '') => `<text:list-item ${attributes}>${inside}</text:list-item>`
const list = (inside: string, attributes = 'text:style-name="N"') => `<text:list ${attributes}>${inside}</text:list>`

test('entries of an OpenDocument list are lines with their marks; only their first paragraph has one', async () => {
  expect(await open(list(item(p('Lift') + p('with care') + list(item(p('straps')) + item(p('check') + list(item(p('wood'))))  , '')) + item(p('Wash')))))
    .toEqual(['1. Lift', 'with care', '(a) straps', '(b) check', '1.b.I wood', '2. Wash'])
})

test('a list of an OpenDocument begins again unless it goes on with one, and takes the numbers that it is given', async () => {
  const lists = [
    list(item(p('a')) + item(p('b')), 'text:style-name="N" xml:id="first"'), list(item(p('c'))), list(item(p('d')), 'text:style-name="N" text:continue-numbering="true"'),
    list(item(p('e')), 'text:style-name="N" text:continue-list="first"'), list(item(p('f'), 'text:start-value="9"') + item(p(''))+ item(p('g'))), list(item(p('h')), 'text:style-name="F"'),
  ]
  expect(await open(lists.join(''))).toEqual(['1. a', '2. b', '1. c', '2. d', '3. e', '9. f', '11. g', '§ 4 h'])
})

test('bullets of an OpenDocument stand before their entries, not before headers of the list nor notes within', async () => {
  const note = '<text:note><text:note-body><text:p>noted</text:p></text:note-body></text:note>'
  expect(await open(list(`<text:list-header>${p('Bring')}</text:list-header>${item(p(`${note}keys`))}`, 'text:style-name="B"') + list(item(p('loose')), ''))).toEqual(['Bring', '• keys', 'noted', 'loose'])
})
