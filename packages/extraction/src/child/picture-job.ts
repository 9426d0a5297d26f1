import { openPictures } from '../pictures/open-pictures.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { emit } from './emit.ts'

export async function pictureJob({ pages, limits, ...source }: Extract<ChildRequest, { job: 'picture' }>): Promise<void> {
  const pictureOf = await openPictures(source, limits)
  for (const number of pages) {
    const picture = await pictureOf(number)
    if (picture !== null) emit({ type: 'picture', number, image: picture.bytes.toString('base64'), width: picture.width, height: picture.height })
  }
  emit({ type: 'done', pages: pages.length })
}
