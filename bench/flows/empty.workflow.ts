import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1 minute' })

/** The least that a durable run can be. */
export async function empty(): Promise<void> {
  await nothing()
}

const answer = defineUpdate<'seen'>('answer')

/** The least that waits for somebody's answer: it writes nothing down, and ends with it. */
export async function asking(): Promise<void> {
  let answered = false
  setHandler(answer, (): 'seen' => {
    answered = true
    return 'seen'
  })
  await condition(() => answered)
}
