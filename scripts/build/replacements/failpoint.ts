// Stands in a built artefact for packages/kernel/src/failpoint.ts: there is no place to fail at, and so no name that FAILPOINT could give.
export const failpointNames = [] as const
export const failpointActions = [] as const
export function armFailpoints(): void {}
export function failpoint(): undefined {}
export const atWrite = <T>(_write: string, work: () => Promise<T>): Promise<T> => work()
