import { verifyExport } from '@intellidocs/audit'
import type { Certificate } from './certificate.ts'
import { finding, type Finding } from './findings.ts'

/** Whether the rows that a certificate names stand in an export as it names them. Memory does not grow with the export. */
export async function compareExport(certificate: Certificate, lines: AsyncIterable<string>, keys: readonly string[]): Promise<Finding[]> {
  const { rows, head } = certificate.audit
  const sealed = new Map<number, string>()
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
  })
  if (report.broken !== null) return [finding('audit.export-broken', `${report.broken.seq === null ? '' : `row ${report.broken.seq}: `}${report.broken.problem}`)]
  if (report.org !== certificate.org.id) return [finding('audit.other-org')]
  const wrong = rows.flatMap(({ seq, hash }): Finding[] => {
    const found = sealed.get(seq)
    return found === hash ? [] : [finding(found === undefined ? 'audit.missing' : 'audit.different', seq)]
  })
  return headOfExport === null || headOfExport === head.hash ? wrong : [...wrong, finding('audit.head-different', head.seq)]
}
