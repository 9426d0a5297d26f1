import type { OrgId } from '@intellidocs/contracts'
import type { PictureLook } from '@intellidocs/extraction'

/** A page to be made a picture of; counted from 1. `password`: of a locked file. */
export type PictureRequest = {
  readonly orgId: OrgId; readonly sha256: string; readonly size: number; readonly mime: string; readonly password?: string | undefined; readonly page: number; readonly look: PictureLook
}
export type Picture = { readonly bytes: Buffer; readonly contentType: 'image/webp' | 'image/png'; readonly width: number; readonly height: number }
/** Makes pictures of pages. Filled by processes that show some. */
export type PagePictures = {
  /** Whether there is a way to make one of files of this type. */
  canShow(mime: string | null): boolean
  /** Null where it cannot be made of this file. @throws AppError service.unavailable when too many wait */
  make(request: PictureRequest): Promise<Picture | null>
  /** Removes what processes that were killed left of files before that moment. */
  clear(before: Date): Promise<void>
}

/** Of processes that show none. */
export const noPictures: PagePictures = { canShow: () => false, make: () => Promise.resolve(null), clear: () => Promise.resolve() }
