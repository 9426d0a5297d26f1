import { inject } from 'vitest'
// For the type of what global-setup provides.
import type {} from './global-setup.ts'

/** Asks the run's main process for a server; it is started at the first question. */
export async function ask<T>(what: 'postgres' | 'temporal'): Promise<T> {
  const address = inject('intellidocsServers')
  if (!address) throw new Error('packages/testing/src/global-setup.ts is not among the globalSetup files of this vitest project')
  const response = await fetch(`${address}/${what}`)
  if (!response.ok) throw new Error(await response.text())
  return await response.json() as T
}
