// The words of the office, web and mail examples; the same invented boatyard as in archive-pdf.ts.

export const contract: { heading: string; paragraphs: string[] }[] = [
  {
    heading: 'Repair agreement between Lighthaven Boatyard and the owner of the yacht Petrel',
    paragraphs: [
      'The yard repairs the port side of the hull between frames four and nine, after the collision of the third of August 2025. The work begins on the sixth of October and ends on the twenty-eighth of November at the latest.',
    ],
  },
  {
    heading: '1. Price and payment',
    paragraphs: [
      'The price is fixed at 148,000 crowns, value added tax included. One third is paid on signature, one third when the new planking is closed, and the rest within fourteen days after launching.',
      'If hidden rot is found, the yard stops, sends photographs and a written estimate, and goes on only after the owner has agreed.',
    ],
  },
  {
    heading: '2. Warranty',
    paragraphs: [
      'The yard gives a warranty of twenty-four months on hull repairs and of twelve months on paint. The warranty ends if another yard works on the same part of the boat.',
      'A claim must be made in writing within four weeks after the defect was seen. The yard may inspect the boat where it lies.',
    ],
  },
  {
    heading: '3. Delay',
    paragraphs: ['For each full week of delay the owner may deduct one percent of the price, but never more than eight percent. Storm, flood and strikes are no delay.'],
  },
  {
    heading: '4. Storage after the work',
    paragraphs: ['The boat may stay on the quay for ten days after completion free of charge. After that the storage fee of the current price list is due.'],
  },
]

export const priceList: (string | number)[][] = [
  ['Service', 'Unit', 'Price 2025', 'Price 2026'],
  ['Haul-out and relaunch up to 9 m', 'per boat', 2900, 3100],
  ['Haul-out and relaunch 9 to 14 m', 'per boat', 4200, 4450],
  ['Haul-out and relaunch over 14 m', 'per boat', 6800, 7200],
  ['Pressure washing of the hull', 'per metre', 95, 100],
  ['Antifouling, two coats, paint included', 'per square metre', 310, 330],
  ['Winter storage in the heated hall', 'per square metre and month', 145, 155],
  ['Winter storage on the quay', 'per square metre and month', 60, 64],
  ['Mast stepping with the crane', 'per mast', 1500, 1600],
  ['Work of a boatbuilder', 'per hour', 690, 720],
  ['Work of an apprentice', 'per hour', 380, 395],
]

export const berths: (string | number)[][] = [
  ['Berth', 'Length m', 'Boat', 'Until'],
  ['N1', 12, 'Petrel', '2026-03-31'],
  ['N2', 9, 'Kittiwake', '2026-04-15'],
  ['N3', 18, 'Marigold', '2026-05-01'],
  ['N4', 7, 'free', ''],
]

export const slides: { title: string; points: string[] }[] = [
  { title: 'Solar roof for the heated hall', points: ['Proposal to the board of Lighthaven Boatyard', '20 January 2026'] },
  { title: 'Why now', points: ['Heating the hall costs 410,000 crowns a winter', 'The roof must be renewed in any case after the November storm', 'The harbour authority pays a third of the photovoltaic panels until June'] },
  { title: 'What we would build', points: ['180 panels, 72 kilowatts at noon', 'A battery of 90 kilowatt hours in the old paint store', 'Heat pumps instead of the oil burner'] },
  { title: 'Costs and savings', points: ['1.9 million crowns, 1.27 million after the grant', 'Savings of 230,000 crowns a year', 'Paid back after five and a half years'] },
]

export const workshopRules: string[] = [
  'Workshop rules of Lighthaven Boatyard',
  'Eye protection is worn at every machine, by everybody, also for one cut. Ear protection hangs beside the planer.',
  'Epoxy is mixed only in the ventilated corner, with nitrile gloves. Rags soaked in linseed oil go into the metal bin with the lid, because they can catch fire by themselves.',
  'The band saw is used by people who have signed its card. Apprentices sign after the first month.',
  'Lifting: nobody stands under a boat that hangs in the slings. The driver of the hoist takes signs from one person only.',
  'The last one to leave switches the compressor off, closes the gas and signs the book at the door.',
]

export const meetingNotes = `# Notes of the board meeting, 20 January 2026

Present: Ada Holm (chair), Tomas Brandt, Ines Carvalho, Per Lindqvist. Absent: none.

## Decisions

1. **Solar roof.** Accepted with three votes to one. Per asks for a second offer for the battery; Ada gets it by the end of February.
2. **Booking of haul-outs.** Members book morning slots from the first of March. The office keeps one slot a day free for emergencies.
3. **Chains on the cradles.** Every cradle is chained to the ground rings from October to April, as the insurer asks.

## Open questions

- Who looks after the apprentices while Tomas is in Vila do Cabo in May?
- The old steam box leaks. Repair it or build a new one? Ines brings figures to the next meeting.

| Task | Who | Until |
|---|---|---|
| Second battery offer | Ada | 28 February |
| Booking sheet | Per | 20 February |
| Steam box figures | Ines | 17 February |

Next meeting: 17 February, six in the evening, sail loft.
`

export const servicesPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lighthaven Boatyard: what we do</title>
<style>body { font-family: serif; max-width: 40em }</style>
<script>document.title = 'this script must never run'</script>
</head>
<body>
<nav><a href="#hull">Hull</a> <a href="#sails">Sails</a> <a href="#visit">Visit</a></nav>
<h1>What we do</h1>
<p>We look after boats made of wood and of composite, from the dinghy to the schooner.</p>
<h2 id="hull">Hull and deck</h2>
<p>Planking, caulking, osmosis treatment of fibreglass hulls, teak and fir decks. A moisture survey of a hull takes half a day and
ends with a written report.</p>
<h2 id="sails">Sails and rigging</h2>
<p>The sail loft cuts new sails and washes, mends and stores old ones. Standing rigging is measured and swaged in house.</p>
<h2 id="visit">Visit us</h2>
<p>The gate on the north quay is open from seven to four, in summer also on Saturday morning. Dogs on a leash are welcome.</p>
</body>
</html>
`

export const stock: (string | number)[][] = [
  ['article', 'description', 'unit', 'on hand', 'reorder below', 'shelf'],
  ['A-104', 'Bronze keel bolt 24 mm', 'piece', 36, 12, 'C2'],
  ['A-117', 'Copper rivet 5 mm', 'kilogram', 14, 5, 'C3'],
  ['B-201', 'Antifouling paint, red', 'litre', 85, 40, 'P1'],
  ['B-214', 'Epoxy resin, slow hardener', 'kilogram', 52, 30, 'P4'],
  ['C-310', 'Cotton caulking', 'metre', 900, 300, 'D1'],
  ['C-322', 'Zinc anode for shaft 35 mm', 'piece', 9, 10, 'C5'],
  ['D-401', 'Galvanised chain 10 mm', 'metre', 240, 100, 'yard'],
  ['D-409', 'Polyester rope 16 mm, white', 'metre', 410, 150, 'loft'],
]

export const warrantyClaims: (string | number)[][] = [
  ['claim', 'boat', 'seen on', 'defect', 'state'],
  ['W-31', 'Kittiwake', '2025-06-14', 'varnish peels on the coaming', 'repaired'],
  ['W-32', 'Petrel', '2026-01-09', 'weeping seam beside frame seven', 'open'],
  ['W-33', 'Old Margaret', '2026-01-11', 'rudder bearing squeaks', 'inspection booked'],
]

export const complaint = {
  from: 'Greta Olsen <greta.olsen@petrel.example>',
  to: 'Lighthaven office <office@lighthaven.example>',
  subject: 'Petrel: a seam weeps again after the repair',
  date: 'Fri, 09 Jan 2026 10:12:00 +0000',
  text: [
    'Dear Ada,',
    'Since Wednesday there is water in the bilge again, about two litres a day. I believe it comes through the seam beside frame seven, which you closed in November.',
    'As our agreement says, I tell you within four weeks. Could somebody look at it on the mooring before the frost comes? I am on board every afternoon.',
    'Your list of open claims is attached, as I got it last week.',
    'Kind regards, Greta Olsen',
  ],
}
