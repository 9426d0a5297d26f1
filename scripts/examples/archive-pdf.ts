// The words of the PDF examples: a small boatyard, Lighthaven, and its sister yard in Portugal. All names and figures are invented.

export type Page = { heading: string; paragraphs: string[] }

export const annualReport: Page[] = [
  {
    heading: 'Lighthaven Boatyard: annual report 2025',
    paragraphs: [
      'Lighthaven Boatyard repairs, stores and refits wooden and composite boats up to eighteen metres. The yard stands on the north quay of Port Ellery and has worked there without a pause since 1961. At the end of 2025 it employed thirty-four people, six of them apprentices.',
      'This report tells the members of the cooperative what was built, what it cost and what went wrong. The figures were checked by two members who do not sit on the board. A list of all projects with their hours is kept in the office and can be read by every member.',
      'The year in four lines: 212 boats hauled out, 41 refits finished, one storm that closed the quay for nine days, and the first winter in which the heated hall was full from November to March.',
    ],
  },
  {
    heading: 'Work on the quay',
    paragraphs: [
      'The travelling hoist lifted 212 boats, eleven more than in 2024. The heaviest was the pilot cutter Aurelia with 38 tonnes. The slings were replaced in April after the yearly inspection found worn stitching; nobody was hurt, and the hoist stood still for two days only.',
      'Haul-out takes forty minutes on average. The waiting list in spring grew to five weeks, so from 2026 members can book a morning slot by telephone or at the office. Boats that come without a booking are lifted after two in the afternoon.',
      'Pressure washing moved to the new basin in June. Its filter keeps antifouling residue out of the harbour, and the settled sludge is collected twice a year by a licensed company.',
    ],
  },
  {
    heading: 'The refit of the schooner Marigold',
    paragraphs: [
      'Marigold, a schooner of 1938, was the largest refit of the year: 4,300 hours between January and October. Eleven planks below the waterline were replaced in larch, the keel bolts were drawn and renewed in bronze, and the deck was laid again in Douglas fir.',
      'The rigging was made in the loft by three apprentices under the guidance of the rigger, Tomas Brandt. The masts were stepped on the fourth of September, and the owner sailed her home to the islands three weeks later.',
      'The refit ended two percent above the estimate. The reason was rot in the transom that no survey could have shown before the paint was off.',
    ],
  },
  {
    heading: 'The storm of the twelfth of November',
    paragraphs: [
      'In the night of the twelfth of November the sea came over the north quay. Three cradles moved, two boats fell against the wall of the carpentry shop, and the roof of the timber shed was lost. Nobody was on the quay, because the watch had closed it at nine in the evening.',
      'The damage came to 186,000 crowns. Our insurance paid all but the deductible of 15,000 crowns. The insurer asks that from now on every cradle is chained to the ground rings between October and April, and the board has made this a rule of the yard.',
      'The nine days of closure cost about 60,000 crowns in lost work. Twelve members gave their weekends to clear the quay, and the board thanks them.',
    ],
  },
  {
    heading: 'Accounts and outlook',
    paragraphs: [
      'Income was 5.42 million crowns, of which refits made 61 percent, storage 22 percent and haul-out 17 percent. Costs were 5.11 million crowns. The surplus of 310,000 crowns goes to the building fund; no dividend is paid.',
      'For 2026 the board plans solar panels on the roof of the heated hall, a second electric van, and a training year for two sailmakers together with the sister yard Estaleiro Farol Novo in Vila do Cabo.',
      'The members meet on the fourteenth of March at six in the evening in the sail loft to vote on this report.',
    ],
  },
]

export const maintenanceManual: Page[] = [
  {
    heading: 'Estaleiro Farol Novo: manual de manutenção',
    paragraphs: [
      'Este manual descreve a manutenção anual das embarcações guardadas no Estaleiro Farol Novo, em Vila do Cabo. Destina-se aos proprietários e às equipas da oficina, e substitui a edição de 2021.',
      'Cada embarcação tem uma ficha com o nome, o comprimento, o peso e a data da última revisão. A ficha fica no escritório e deve ser assinada pelo mestre do estaleiro depois de cada trabalho.',
      'Antes de começar qualquer trabalho, desligue as baterias, feche as válvulas de fundo e verifique se há gás no porão. Nunca trabalhe sozinho debaixo do casco.',
    ],
  },
  {
    heading: 'O casco e a pintura',
    paragraphs: [
      'O casco deve ser lavado com água doce nas primeiras duas horas depois de sair do mar. As cracas que ficam secas são muito mais difíceis de retirar e estragam a camada de fundo.',
      'A tinta anti-incrustante é aplicada em duas demãos, com pelo menos seis horas entre a primeira e a segunda. Abaixo de dez graus não se pinta. A embarcação volta à água entre doze horas e trinta dias depois da última demão.',
      'Nos barcos de madeira, as juntas são calafetadas com algodão e massa. Uma junta que deixa entrar água durante mais de três dias depois de o barco voltar ao mar tem de ser aberta de novo.',
    ],
  },
  {
    heading: 'Motor, hélice e ânodos',
    paragraphs: [
      'O óleo do motor é mudado todos os anos ou a cada cento e cinquenta horas de trabalho. O filtro de combustível é mudado ao mesmo tempo, e o tanque é drenado se houver água no copo do filtro.',
      'Os ânodos de zinco protegem a hélice e o veio contra a corrosão. Um ânodo gasto para além de metade é substituído. Não se pintam os ânodos: pintados, deixam de proteger.',
      'A impulsora da bomba de água salgada é verificada na primavera. Uma impulsora com pás rachadas é a causa mais comum de sobreaquecimento.',
    ],
  },
  {
    heading: 'Invernagem',
    paragraphs: [
      'No inverno, entre novembro e março, as embarcações ficam em berços presos às argolas do chão. O mastro pode ficar em pé apenas nos barcos com menos de nove metros.',
      'As velas são lavadas, secas e guardadas na veleria. As coberturas devem deixar passar o ar: um barco fechado sem ventilação ganha bolor em poucas semanas.',
      'Em caso de tempestade, o vigia do estaleiro fecha o cais e telefona aos proprietários. O número do vigia está na porta do escritório e na última página da ficha.',
    ],
  },
]

export const deliveryNote: Page[] = [
  {
    heading: 'DELIVERY NOTE 20417',
    paragraphs: [
      'From: Calder Timber Merchants, Mill Lane 8, Easthope',
      'To: Lighthaven Boatyard, North Quay, Port Ellery',
      'Date: 6 May 2025. Carrier: Brannock Haulage. Pallets: 3.',
      '14 sheets of okoume marine plywood, 12 mm, glued to the highest class. 22 planks of larch, 38 mm, air dried for three years. 60 metres of Douglas fir decking, quarter sawn.',
      'Two sheets of okoume plywood arrived with crushed corners and were accepted at a discount of ten percent. Everything else was counted and found in good order.',
      'Received by Tomas Brandt at the timber shed. Payment within thirty days.',
    ],
  },
]

export const inspectionSheet: Page[] = [
  {
    heading: 'CRANE INSPECTION SHEET',
    paragraphs: [
      'Travelling hoist number 2, north quay. Inspector: Ines Carvalho.',
      'Wire ropes: no broken strands, greased.',
      'Slings: worn stitching on sling four. Replace before the next lift.',
      'Brakes: hold a test load of 45 tonnes for ten minutes.',
      'Emergency stop: works from both remote controls.',
      'Result: passed with one repair. Next inspection in April 2026.',
    ],
  },
]

export const salaryBands: Page[] = [
  {
    heading: 'Salary bands 2026: confidential',
    paragraphs: [
      'Apprentices start at 21,000 crowns a month and rise by 1,500 crowns with each year. Boatbuilders with a certificate are paid between 34,000 and 41,000 crowns.',
      'The rigger and the sailmaker are paid between 38,000 and 45,000 crowns. The master of the yard is paid 52,000 crowns.',
    ],
  },
]
