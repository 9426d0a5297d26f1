/** What a child calls the PDF that it makes. Alone here, as a child loads no contracts. */
export const searchablePdf = 'searchable.pdf'
