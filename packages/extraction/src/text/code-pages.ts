import { decoderFor } from './charset.ts'

/** Numbers of Windows' code pages whose encoding has a name of another form. */
const named: Readonly<Record<number, string>> = {
  866: 'ibm866', 874: 'windows-874', 932: 'shift_jis', 936: 'gb18030', 949: 'euc-kr', 950: 'big5', 1200: 'utf-16le', 1201: 'utf-16be', 10_000: 'macintosh',
  10_007: 'x-mac-cyrillic', 20_866: 'koi8-r', 21_866: 'koi8-u', 50_220: 'iso-2022-jp', 50_221: 'iso-2022-jp', 50_222: 'iso-2022-jp', 51_932: 'euc-jp',
  51_949: 'euc-kr', 54_936: 'gb18030', 65_001: 'utf-8',
}

/** The decoder of a Windows code page; that of windows-1252 for the numbers nobody knows. */
export function codePageDecoder(codePage: number): InstanceType<typeof TextDecoder> {
  const label = codePage >= 1_250 && codePage <= 1_258 ? `windows-${codePage}` : codePage > 28_590 && codePage < 28_607 ? `iso-8859-${codePage - 28_590}` : named[codePage]
  return decoderFor(label ?? 'windows-1252') ?? new TextDecoder('windows-1252')
}
