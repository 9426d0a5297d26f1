/** What an activity writes, one transaction each: a failpoint stands before and after it. */
const activityWrites = ['begin', 'scanned', 'facts', 'pages', 'attachment', 'ocr_page', 'passages', 'sketch', 'publish', 'settle', 'advance', 'decision', 'effect'] as const
export type ActivityWrite = (typeof activityWrites)[number]

/** Every place where a process can be made to fail, in the order in which an upload, its delivery and its reading come past. */
export const failpointNames = [
  'upload_first_byte', 'upload_half', 'after_blob_fsync', 'after_commit_before_reply', 'after_reply',
  'after_claim', 'after_effect_before_mark', 'after_mark',
  ...activityWrites.flatMap((write) => [`before_${write}`, `after_${write}`] as const),
] as const
export type FailpointName = (typeof failpointNames)[number]

export const failpointActions = ['exit', 'hang', 'fail'] as const
/** `exit`: SIGKILL to oneself; `hang`: never goes on; `fail`: an Error. At the `at`-th time the place is reached, once. */
export type Failpoint = { readonly name: FailpointName; readonly action: (typeof failpointActions)[number]; readonly at: number }

/**
 * The one state of a process that is not handed around: the places lie so deep that each signature on the way would speak of tests.
 * Empty unless `armFailpoints` was called, which only the start of a process does, and which a built artefact does not contain.
 */
const armed = new Map<FailpointName, { action: Failpoint['action']; left: number }>()

export function armFailpoints(points: readonly Failpoint[]): void {
  for (const { name, action, at } of points) armed.set(name, { action, left: at })
}

/** A place where a test may end, stop or fail this process. Undefined, and so nearly free, while nobody asked for it. */
export function failpoint(name: FailpointName): Promise<void> | undefined {
  const point = armed.get(name)
  if (point === undefined) return undefined
  point.left -= 1
  if (point.left > 0) return undefined
  armed.delete(name)
  if (point.action === 'fail') return Promise.reject(new Error(`failpoint ${name}`))
  if (point.action === 'exit') process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

/** One write of an activity between its two failpoints. */
export async function atWrite<T>(write: ActivityWrite, work: () => Promise<T>): Promise<T> {
  await failpoint(`before_${write}`)
  const result = await work()
  await failpoint(`after_${write}`)
  return result
}
