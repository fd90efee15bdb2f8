/** Owns the invented people and companies a new CRM starts with; they differ in what a score would look at. */
import type { Company } from '../leads/lead.js';
import type { NewLead } from '../leads/lead-body.js';

const COMPANIES = {
  aurelia: company('Aurelia Robotics', 'aurelia-robotics.example', 420, 'Industrial automation', 'DE'),
  bluefjord: company('Bluefjord Shipping', 'bluefjord.example', 2_600, 'Logistics', 'NO'),
  cobalt: company('Cobalt Ledger', 'cobaltledger.example', 85, 'Fintech', 'GB'),
  dunes: company('Dunes & Palm Hotels', 'dunespalm.example', 1_150, 'Hospitality', 'AE'),
  ember: company('Ember Kitchenware', 'emberkitchen.example', 38, 'Retail', 'FR'),
  fathom: company('Fathom Analytics Group', 'fathom-group.example', 210, 'Software', 'US'),
  granite: company('Granite Peak Insurance', 'granitepeak.example', 5_400, 'Insurance', 'US'),
  harvest: company('Harvest Lane Foods', 'harvestlane.example', 760, 'Food production', 'NL'),
  ionik: company('Ionik Energy', 'ionik-energy.example', 330, 'Renewable energy', 'ES'),
  juniper: company('Juniper & Sons Legal', 'juniperlegal.example', 54, 'Legal services', 'IE'),
  kestrel: company('Kestrel Health', 'kestrelhealth.example', 1_900, 'Healthcare', 'US'),
  lumen: company('Lumen Street Studio', 'lumenstreet.example', 9, 'Design agency', 'PT'),
  meridian: company('Meridian Freight Systems', 'meridianfreight.example', 12_800, 'Logistics', 'SG'),
  northgate: company('Northgate University Press', 'northgatepress.example', 145, 'Publishing', 'CA'),
  orchid: company('Orchid Biosciences', 'orchidbio.example', 610, 'Biotechnology', 'CH'),
} as const;

/** Name, place in the company, company, source, status, visits in 30 days. */
const PEOPLE: readonly (readonly [string, string | null, keyof typeof COMPANIES | null, string, string, number])[] = [
  ['Mara Lindqvist', 'VP Operations', 'bluefjord', 'webinar', 'new', 23],
  ['Tobias Reuter', 'Head of Procurement', 'aurelia', 'trade fair', 'new', 11],
  ['Priya Raman', 'Chief Financial Officer', 'cobalt', 'referral', 'contacted', 17],
  ['Jonas Eide', 'Fleet Planner', 'bluefjord', 'newsletter', 'new', 2],
  ['Camille Roche', 'Founder', 'ember', 'website', 'new', 8],
  ['Daniel Okafor', 'Director of Revenue Operations', 'fathom', 'demo request', 'qualified', 41],
  ['Grace Whitfield', 'Chief Information Officer', 'granite', 'event', 'new', 19],
  ['Sanne de Vries', 'Marketing Manager', 'harvest', 'website', 'new', 6],
  ['Alejandro Mora', 'Head of Growth', 'ionik', 'paid search', 'contacted', 14],
  ['Aoife Brennan', 'Managing Partner', 'juniper', 'referral', 'new', 4],
  ['Victor Hale', 'Chief Medical Officer', 'kestrel', 'webinar', 'new', 9],
  ['Ines Carvalho', 'Creative Director', 'lumen', 'website', 'unqualified', 1],
  ['Wei Jun Tan', 'SVP Supply Chain', 'meridian', 'demo request', 'qualified', 37],
  ['Harriet Boyle', 'Editor', 'northgate', 'newsletter', 'new', 3],
  ['Lukas Frei', 'Head of Laboratory IT', 'orchid', 'trade fair', 'new', 12],
  ['Fatima Al Mansoori', 'General Manager', 'dunes', 'referral', 'contacted', 15],
  ['Owen Pritchard', 'Payments Engineer', 'cobalt', 'documentation', 'new', 28],
  ['Nora Castellano', 'VP Marketing', 'fathom', 'paid social', 'new', 22],
  ['Ravi Menon', 'Claims Automation Lead', 'granite', 'webinar', 'new', 16],
  ['Elise Fontaine', 'Shop Manager', 'ember', 'newsletter', 'new', 0],
  ['Bram Hoekstra', 'Plant Director', 'harvest', 'trade fair', 'new', 7],
  ['Lucia Navarro', 'Chief Executive Officer', 'ionik', 'event', 'qualified', 31],
  ['Conor Walsh', 'Office Manager', 'juniper', 'website', 'unqualified', 1],
  ['Monica Reyes', 'Director of Patient Experience', 'kestrel', 'demo request', 'contacted', 26],
  ['Hugo Sequeira', 'Freelance Designer', 'lumen', 'documentation', 'new', 5],
  ['Adeline Koh', 'Regional Sales Director', 'meridian', 'referral', 'new', 20],
  ['Marcus Tremblay', 'Digital Editions Lead', 'northgate', 'paid search', 'new', 10],
  ['Dr. Selma Aydin', 'VP Research', 'orchid', 'event', 'new', 18],
  ['Omar Haddad', 'Revenue Manager', 'dunes', 'paid search', 'new', 13],
  ['Katrin Vogel', 'Chief Technology Officer', 'aurelia', 'demo request', 'qualified', 44],
  ['Stefan Brandt', 'Maintenance Technician', 'aurelia', 'newsletter', 'new', 1],
  ['Imogen Clarke', 'Head of Compliance', 'cobalt', 'webinar', 'new', 12],
  ['Tyler Brooks', 'Student', null, 'documentation', 'unqualified', 2],
  ['Yuki Tanabe', 'Data Analyst', 'fathom', 'website', 'new', 9],
  ['Rosalind Archer', 'VP Distribution', 'granite', 'referral', 'contacted', 21],
  ['Pieter van Dam', 'Export Coordinator', 'harvest', 'website', 'new', 3],
  ['Beatriz Solano', null, null, 'newsletter', 'new', 0],
  ['Samuel Ncube', 'Nursing Informatics Manager', 'kestrel', 'trade fair', 'new', 8],
  ['Farah Iskandar', 'Head of Customs Technology', 'meridian', 'webinar', 'new', 27],
  ['Anouk Girard', 'Business Development Manager', 'orchid', 'paid social', 'customer', 33],
];

/** 40 leads, in the order of their ids. */
export function seedLeads(): readonly NewLead[] {
  return PEOPLE.map(([name, title, key, source, status, visits_30d]) => {
    const employer = key === null ? null : COMPANIES[key];
    return {
      name,
      email: `${localPart(name)}@${employer?.domain ?? 'post.example'}`,
      title,
      ...(employer ? { company: employer } : {}),
      source,
      status,
      visits_30d,
    };
  });
}

function company(name: string, domain: string, employees: number, industry: string, country: string): Company {
  return { name, domain, employees, industry, country };
}

function localPart(name: string): string {
  return name
    .replace(/^Dr\. /, '')
    .toLowerCase()
    .replaceAll(' ', '.');
}
