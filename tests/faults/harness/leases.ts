import type { Stack } from './stack.ts'

/** As if the leases had run out while nobody was there: nobody alive holds one. */
export async function endLeases({ sql }: Stack): Promise<void> {
  await sql("update delivery set next_at = now() where state = 'leased'")
  await sql('update webhook_delivery set leased_until = now() where leased_until is not null')
}
