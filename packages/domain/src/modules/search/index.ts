export { boxesOf, type PlacesAsked } from './page-layout.repository.ts'
export { createSearchModule, type SearchModule } from './search.module.ts'
