import { MeilisearchApiError } from 'meilisearch'

export const failureKinds = ['unreachable', 'refused', 'nonsense', 'task'] as const

/**
 * What went wrong with the server: it cannot be reached in time, it refused (`code` is its own word for why), its answer is none of those that were asked for,
 * or a task that it had accepted failed. Holds neither keys nor what was searched.
 */
export class MeilisearchFailure extends Error {
  readonly kind: (typeof failureKinds)[number]
  readonly code: string | null
  constructor(kind: MeilisearchFailure['kind'], { code = null, detail = '' }: { code?: string | null; detail?: string } = {}) {
    super(['meilisearch', kind, code ?? '', detail].filter((part) => part !== '').join(': '))
    this.name = 'MeilisearchFailure'
    this.kind = kind
    this.code = code
  }
}

/** The client's errors carry requests, answers and addresses; of them only the kind and the server's code go on. */
export function failureOf(error: unknown): MeilisearchFailure {
  if (error instanceof MeilisearchFailure) return error
  if (error instanceof MeilisearchApiError) return new MeilisearchFailure('refused', { code: codeOf(error.cause?.code), detail: `status ${error.response.status}` })
  if (error instanceof SyntaxError) return new MeilisearchFailure('nonsense', { detail: 'no JSON' })
  return new MeilisearchFailure('unreachable', { detail: error instanceof Error ? error.name : '' })
}

const codeOf = (code: unknown): string | null => (typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? code : null)
