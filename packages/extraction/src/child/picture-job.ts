import { openPictures } from '../pictures/open-pictures.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { emit } from './emit.ts'

export async function pictureJob({ path, mime, pages, mark, limits }: Extract<ChildRequest, { job: 'picture' }>): Promise<void> {
  const pictureOf = await openPictures({ path, mime, mark }, limits)
  for (const number of pages) {
    const picture = await pictureOf(number)
    if (picture !== null) emit({ type: 'picture', number, webp: picture.toString('base64') })
  }
  emit({ type: 'done', pages: pages.length })
}
