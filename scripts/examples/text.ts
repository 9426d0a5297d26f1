import type { complaint } from './archive-office.ts'

/** Comma-separated values with every cell that needs it in quotes. */
export function csv(rows: (string | number)[][]): Buffer {
  const cell = (value: string | number): string => /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
  return Buffer.from(`${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`)
}

/** A message with one attachment, as a mail program writes it. */
export function eml(mail: typeof complaint, attachment: { name: string; type: string; bytes: Buffer }): Buffer {
  const boundary = 'lighthaven-boundary-1'
  const encoded = attachment.bytes.toString('base64').replaceAll(/(.{76})/g, '$1\r\n')
  return Buffer.from([
    `From: ${mail.from}`, `To: ${mail.to}`, `Subject: ${mail.subject}`, `Date: ${mail.date}`, 'Message-ID: <petrel-1@petrel.example>', 'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`, '',
    `--${boundary}`, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', mail.text.join('\r\n\r\n'), '',
    `--${boundary}`, `Content-Type: ${attachment.type}; name="${attachment.name}"`, 'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${attachment.name}"`, '', encoded, `--${boundary}--`, '',
  ].join('\r\n'))
}
