/** What this package says on its own: lost connections, reconnects, migrations. The product's logger fits. */
export type DbLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
