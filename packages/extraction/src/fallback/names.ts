/** Names in the folder of a child in which LibreOffice works: its profile, the file that it reads, and the one that it writes. */
export const profileName = 'profile'
export const sourceName = 'source'
export const convertedName = (ending: string): string => `${sourceName}.${ending}`
