import type { MailTemplate } from '@intellidocs/contracts'

/**
 * The words of one mail. `{{path}}` stands for a value of the mail's data, or for `{{link}}`; there is nothing else in the language. Text and HTML
 * part are both made of these, so that they cannot say different things. `action` is what the link is called; the link itself has one place.
 */
export type MailWords = {
  readonly subject: string
  readonly before: readonly string[]
  /** A line for each of the mail's `items`, of their values. */
  readonly item?: string
  readonly action: string
  readonly after: readonly string[]
  /** What the link is called that ends mails of this kind; where there is one, the mail's data have `unsubscribe`. */
  readonly leave?: string
}

/** Words that stand for values of a closed list, by path and value. */
export type ValueWords = Readonly<Record<string, Readonly<Record<string, string>>>>

export type Language = {
  /** For moments: BCP 47. */
  readonly formats: string
  readonly values: ValueWords
  readonly templates: Readonly<Record<MailTemplate, MailWords>>
}
