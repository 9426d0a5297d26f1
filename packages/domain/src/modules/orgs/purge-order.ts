/** `soft`: rows of the child follow those of the parent by themselves (cascade, set null). */
export type Reference = { readonly child: string; readonly parent: string; readonly soft: boolean }

/**
 * The tables in an order in which rows can be deleted: whatever refers to others goes before them. Where they refer to each other in a ring, a
 * reference that the database follows by itself gives way. Throws when that is not enough.
 */
export function purgeOrder(tables: readonly string[], references: readonly Reference[]): string[] {
  const left = new Set(tables)
  const order: string[] = []
  const isFree = (table: string, counts: (reference: Reference) => boolean): boolean =>
    !references.some((reference) => reference.parent === table && reference.child !== table && left.has(reference.child) && counts(reference))
  while (left.size > 0) {
    const next = [...left].find((table) => isFree(table, () => true)) ?? [...left].find((table) => isFree(table, ({ soft }) => !soft))
    if (next === undefined) throw new Error(`tables that refer to each other cannot be emptied: ${[...left].join(', ')}`)
    left.delete(next)
    order.push(next)
  }
  return order
}
