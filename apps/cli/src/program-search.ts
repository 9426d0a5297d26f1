import { ask, configureAsk } from './commands/ask.ts'
import { configureSearch, search } from './commands/search.ts'
import { configureSimilar, similar } from './commands/similar.ts'
import { configureSuggest, suggest } from './commands/suggest.ts'
import * as views from './commands/views.ts'
import type { Add } from './program.types.ts'

/** What finds documents and passages. */
export function addSearch(add: Add): void {
  add('search', configureSearch, search)
  add('ask', configureAsk, ask)
  add('suggest', configureSuggest, suggest)
  add('similar', configureSimilar, similar)
  add('views list', views.configureViewsList, views.viewsList)
  add('views save', views.configureViewsSave, views.viewsSave)
  add('views delete', views.configureViewsDelete, views.viewsDelete)
}
