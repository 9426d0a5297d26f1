// `npm run examples [-- FOLDER]`: writes the sample documents of examples/. Two runs write the same bytes.
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { berths, complaint, contract, meetingNotes, priceList, servicesPage, slides, stock, warrantyClaims, workshopRules } from './examples/archive-office.ts'
import { annualReport, deliveryNote, inspectionSheet, maintenanceManual, salaryBands } from './examples/archive-pdf.ts'
import { formatExamples } from './examples/formats.ts'
import { docx, odt, pptx, xlsx } from './examples/office.ts'
import { broken, pdf } from './examples/pdf.ts'
import { photo, scan } from './examples/pixels.ts'
import { csv, eml } from './examples/text.ts'

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'examples'))
const english = (pages: typeof annualReport, title: string): Promise<Buffer> => pdf(pages, { title, language: 'en' })

const report = await english(annualReport, 'Annual report 2025')
const files: Record<string, Buffer> = {
  'annual-report-2025.pdf': report,
  'manual-de-manutencao.pdf': await pdf(maintenanceManual, { title: 'Manual de manutenção', language: 'pt' }),
  'delivery-note-scan.pdf': await scan(await english(deliveryNote, 'Delivery note')),
  'crane-inspection-photo.jpg': await photo(await english(inspectionSheet, 'Crane inspection sheet')),
  'repair-agreement.docx': await docx(contract),
  'price-list-2026.xlsx': xlsx({ Prices: priceList, Berths: berths }),
  'solar-roof.pptx': await pptx(slides),
  'workshop-rules.odt': odt(workshopRules),
  'services.html': Buffer.from(servicesPage),
  'board-meeting.md': Buffer.from(meetingNotes),
  'leaking-seam.eml': eml(complaint, { name: 'warranty-claims.csv', type: 'text/csv', bytes: csv(warrantyClaims) }),
  'stock.csv': csv(stock),
  'salary-bands-locked.pdf': await pdf(salaryBands, { title: 'Salary bands 2026', language: 'en', password: 'spring tide' }),
  'half-a-report.pdf': broken(report),
}

for (const [name, bytes] of Object.entries(await formatExamples())) files[`formats/${name}`] = bytes

await mkdir(join(folder, 'formats'), { recursive: true })
for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
const total = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0)
process.stdout.write(`${Object.keys(files).length} documents, ${(total / 1024).toFixed(0)} KiB, in ${folder}\n`)
