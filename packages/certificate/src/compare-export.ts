import { verifyExport } from '@intellidocs/audit'
import type { Certificate } from './certificate.ts'
import { compareRows, isAbout, rowOf } from './compare-rows.ts'
import { finding, type Finding } from './findings.ts'

/** Whether the rows that a certificate names stand in an export, which tells of the run what the certificate does. Memory does not grow with the export. */
export async function compareExport(certificate: Certificate, lines: AsyncIterable<string>, keys: readonly string[]): Promise<Finding[]> {
  const { rows, head } = certificate.audit
  const sealed = new Map<number, string>()
  const named = new Set(rows.map(({ seq }) => seq))
  const told = new Map<number, string>()
  let headOfExport: string | null = null
  const report = await verifyExport(lines, {
    keys,
    onSeal: (seal) => {
      for (const { seq } of rows) {
        const hash = seal.hashes[seq - seal.first]
        if (hash !== undefined) sealed.set(seq, hash)
      }
      if (seal.number === head.seal) headOfExport = seal.hash
    },
    onLine: (seq, line) => {
      // Its id stands in each line about the run; the others are not read.
      if (named.has(seq) || (line.includes(certificate.run.id) && tells(certificate, line))) told.set(seq, line)
    },
  })
  if (report.broken !== null) return [finding('audit.export-broken', `${report.broken.seq === null ? '' : `row ${report.broken.seq}: `}${report.broken.problem}`)]
  if (report.org !== certificate.org.id) return [finding('audit.other-org')]
  const wrong = rows.flatMap(({ seq, hash }): Finding[] => {
    const found = told.has(seq) ? sealed.get(seq) : undefined
    return found === hash ? [] : [finding(found === undefined ? 'audit.missing' : 'audit.different', seq)]
  })
  const said = wrong.length > 0 ? wrong : compareRows(certificate, told)
  return headOfExport === null || headOfExport === head.hash ? said : [...said, finding('audit.head-different', head.seq)]
}

function tells({ run }: Certificate, line: string): boolean {
  const row = rowOf(line)
  return row !== null && isAbout(run, row)
}
