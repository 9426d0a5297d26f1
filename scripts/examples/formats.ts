import { gzipSync } from 'fflate'
import { berths, complaint, contract, meetingNotes, priceList, slides, stock, warrantyClaims, workshopRules } from './archive-office.ts'
import { inspectionSheet } from './archive-pdf.ts'
import { mbox, tar } from './containers.ts'
import { excel97, type ExcelSheet } from './excel97.ts'
import { docx, epub, odp, ods, pptx, withMacros, xlsx, zip } from './office.ts'
import { outlookMessage } from './outlook.ts'
import { pdf } from './pdf.ts'
import { pictures } from './pixels.ts'
import { powerpoint97 } from './powerpoint97.ts'
import { csv, eml } from './text.ts'
import { word97 } from './word97.ts'
import { binaryWorkbook } from './xlsb.ts'

const rtf = ([title = '', ...paragraphs]: string[]): Buffer => Buffer.from(
  `{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Helvetica;}}{\\header Lighthaven Boatyard\\par}\n{\\b ${title}}\\par\n${paragraphs.map((text) => `\\pard ${text}\\par\n`).join('')}}`, 'latin1')

/** Of the formats that no example of the archive has, one small file each, by name. */
export async function formatExamples(): Promise<Record<string, Buffer>> {
  const { from, to: _to, subject, text } = complaint
  const [name = '', address = ''] = from.split(/ <|>/)
  const claims = csv(warrantyClaims)
  const mail = (about: string, words: string) => Buffer.from(`From: ${from}\nTo: office@lighthaven.example\nSubject: ${about}\nDate: ${complaint.date}\n\n${words}\n`)
  const packed = [{ name: 'board/meeting.md', bytes: Buffer.from(meetingNotes) }, { name: 'stock.csv', bytes: csv(stock) }]
  const prices: ExcelSheet[] = [
    { name: 'Prices', rows: [...priceList, ['Valid from', { value: 46_023, format: 'yyyy-mm-dd' }]] }, { name: 'Calculation', hidden: true, rows: [['Raise for 2026', { value: 0.06, format: '0%' }]] },
  ]
  const sheet = await pictures(await pdf(inspectionSheet, { title: 'Crane inspection sheet', language: 'en' }))
  return {
    'repair-agreement.doc': word97({ body: contract.map(({ heading, paragraphs }) => `${[heading, ...paragraphs].join('\r')}\r`).join(''), margins: 'Lighthaven Boatyard\r' }),
    'repair-agreement.docm': withMacros(await docx(contract)),
    'price-list.xls': excel97(prices),
    'price-list.xlsb': binaryWorkbook(prices),
    'price-list.xlsm': withMacros(xlsx({ Prices: priceList })),
    'solar-roof.ppt': powerpoint97(slides.map(({ title, points }, index) => ({ title, body: points.join('\r'), ...(index === 1 ? { notes: 'Show the photographs of the storm here.' } : {}) }))),
    'solar-roof.pptm': withMacros(await pptx(slides)),
    'berths.ods': ods({ Berths: berths }),
    'solar-roof.odp': odp(slides),
    'workshop-rules.rtf': rtf(workshopRules),
    'workshop-rules.epub': epub(workshopRules[0] ?? '', workshopRules.slice(1).map((rule, index) => ({ heading: `Rule ${index + 1}`, text: rule }))),
    'letter-of-1998.txt': Buffer.from('Sehr geehrte Frau Kröger,\r\n\r\nfür das Überholen der Jolle schätzen wir die Kosten auf höchstens 2.400 Mark. Die Schäden am Süllrand müssen vor dem Frühjahr behoben werden.\r\n\r\nMit freundlichen Grüßen\r\n', 'latin1'),
    'leaking-seam.msg': outlookMessage({ subject, from: { name, address }, to: 'Lighthaven office', sentAt: new Date(complaint.date).toISOString(), text: text.join('\r\n\r\n'), attachments: [{ name: 'warranty-claims.csv', bytes: claims }] }),
    'mailbox.mbox': mbox([mail('Mooring', 'Is the mooring beside the crane free in May?'), mail('Paint', 'Which red did you use for the waterline of Petrel?'), eml(complaint, { name: 'warranty-claims.csv', type: 'text/csv', bytes: claims })]),
    'papers.zip': zip(Object.fromEntries(packed.map((file) => [file.name, file.bytes]))),
    'papers.tar': tar(packed),
    'papers.tar.gz': Buffer.from(gzipSync(tar(packed), { mtime: 0 })),
    ...Object.fromEntries(Object.entries(sheet).map(([ending, bytes]) => [`crane-sheet.${ending}`, bytes])),
  }
}
