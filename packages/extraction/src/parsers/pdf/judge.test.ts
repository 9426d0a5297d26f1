import { expect, test } from 'vitest'
import { isJunk } from '../../text/quality.ts'
import { judgePage } from './judge.ts'

const english = 'The committee met on Tuesday and decided to publish the report before the end of the month. '.repeat(5)
const portuguese = 'A acumulação de gás do campo oeste compõe o que é denominado bacia profunda, com reservatórios de baixa permeabilidade. '.repeat(
  4,
)
const most = () => 0.9
const little = () => 0.1
const untold = () => null
const facts = { text: english, unmapped: 0, imageCover: 0, drawings: 0, inkUnderWords: most }

test.each([
  ['words without images', facts, 'text'],
  ['words over a scan', { ...facts, imageCover: 1 }, 'text'],
  ['a line of words over a scan of many', { ...facts, imageCover: 1, inkUnderWords: little }, 'ocr'],
  ['words over an image whose ink cannot be seen', { ...facts, imageCover: 1, inkUnderWords: untold }, 'text'],
  ['a page of words beside a picture', { ...facts, text: english.repeat(5), imageCover: 0.6, inkUnderWords: little }, 'text'],
  ['a few words beside a small picture', { ...facts, imageCover: 0.4, inkUnderWords: little }, 'text'],
  ['nothing at all', { ...facts, text: '' }, 'blank'],
  ['a frame and nothing in it', { ...facts, text: '', drawings: 4 }, 'blank'],
  ['an image and no words', { ...facts, text: '', imageCover: 0.9 }, 'ocr'],
  ['letters drawn as outlines', { ...facts, text: '', drawings: 400 }, 'ocr'],
  ['a page number on a scan', { ...facts, text: 'Page 7', imageCover: 0.95 }, 'ocr'],
  ['a short page with a logo', { ...facts, text: 'Chapter 7', imageCover: 0.05 }, 'text'],
  ['words of fonts that say nothing', { ...facts, unmapped: 0.8, imageCover: 0 }, 'ocr'],
] as const)('%s: %#', (_name, page, verdict) => {
  expect(judgePage(page)).toBe(verdict)
})

/** Every letter moved by some places, as a font with shifted codes gives it. */
const shifted = (places: number) => english.replace(/[a-z]/g, (letter) => String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + places) % 26)))

test.each([
  ['private use', '\ue001\ue002\ue003 \ue004\ue005'.repeat(20)],
  ['replacement characters', 'a\ufffd\ufffd b\ufffd '.repeat(20)],
  ['symbols', '!"# $%& /()= ?*+ <>| ^~ '.repeat(20)],
  ...[1, 3, 4, 10, 13, 22].map((places) => [`letters shifted by ${places}`, shifted(places)] as const),
] as const)('a layer of %s is junk', (_name, text) => {
  expect(isJunk(text, 0)).toBe(true)
})

test.each([
  ['English', english],
  ['Portuguese', portuguese],
  ['Polish', 'Komitet zebrał się we wtorek i postanowił opublikować sprawozdanie przed końcem miesiąca. '.repeat(5)],
  ['Finnish', 'Valiokunta kokoontui tiistaina ja päätti julkaista kertomuksen ennen kuukauden loppua. '.repeat(5)],
  ['Vietnamese', 'Ủy ban đã họp vào thứ Ba và quyết định công bố báo cáo trước cuối tháng. '.repeat(5)],
  ['Welsh', 'Cyfarfu y pwyllgor ddydd Mawrth a phenderfynodd gyhoeddi yr adroddiad cyn diwedd y mis. '.repeat(5)],
  ['Russian', 'Комитет собрался во вторник и решил опубликовать отчёт. '.repeat(6)],
  ['Japanese', '委員会は火曜日に開かれ、月末までに報告書を公表することを決めた。'.repeat(6)],
  ['Arabic', 'في قرية من القرى كان هناك رجل حكيم يعرف كل شيء عن الحياة. '.repeat(6)],
  ['a table of figures', '12.5 300.75 8,144 2026-05-31 17:45 99.5\n'.repeat(20)],
  ['codes', 'K120-T20 CEN150 2-RJS-9 DN300\n'.repeat(20)],
] as const)('%s is no junk', (_name, text) => {
  expect(isJunk(text, 0)).toBe(false)
})
