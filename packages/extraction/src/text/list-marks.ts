/** Numbers and letters that count the entries of a list: `1.`, `12)`, `a.`, `(iv)`, `2.1.` */
const counted = /^(\(?(\d{1,3}|[a-z]|[ivx]{2,5})[.)]|(\d{1,2}\.){2,5}\d{0,2})$/iu
/** Signs that stand before entries of a list. Private use: the letters of symbol fonts, of which these are drawn. */
const bullets = /^[-+•‣⁃∙·●○◦■□▪▫▶▸►➢➤✓✔❖◆◇–—*\ue000-\uf8ff]$/u

/** Whether a word that stands alone marks an entry of a list. */
export const isListMark = (word: string): boolean => bullets.test(word) || counted.test(word)

/** Whether it may number a section, as `2.1` does. In a table the same is a figure. */
export const isSectionNumber = (word: string): boolean => /^\d{1,2}(\.\d{1,2}){1,5}$/.test(word)
