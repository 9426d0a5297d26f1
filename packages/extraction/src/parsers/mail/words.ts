/** Pictures of a signature or a layout, shown inside the text and smaller than this, are no documents. */
export const smallPictureBytes = 20_000

/** What people search a mail by, then its words. */
export type MailWords = { readonly subject: string; readonly from: string; readonly to: string; readonly cc: string; readonly date: string; readonly body: string }

export function mailText({ subject, from, to, cc, date, body }: MailWords): string {
  const headers = [['Subject', subject], ['From', from], ['To', to], ['Cc', cc], ['Date', date]] as const
  return [headers.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`).join('\n'), body].join('\n\n')
}
