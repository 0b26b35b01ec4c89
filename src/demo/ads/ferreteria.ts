import type { AdsDemo } from './tipos.ts';

const JORGE = 'dueno@demo.local';

/** Los anuncios de una ferretería: material entre semana, renta, pintura en otoño e impermeabilizante antes de las lluvias. */
export const ADS_FERRETERIA: AdsDemo = {
  act: 'act_2904718365',
  nombre: 'El Tornillo Feliz',
  moneda: 'MXN',
  zona: 'America/Hermosillo',
  meses: [0.85, 0.9, 1.1, 1.1, 1.15, 1.2, 1.1, 0.95, 0.9, 1, 1.1, 0.75],
  semana: [1.2, 1.15, 1.1, 1.05, 1.1, 0.95, 0.4],
  cpm: { facebook: 48, instagram: 70 },
  atiende: JORGE,
  lada: '50',
  // biome-ignore format: una lista
  nombres: ['Adrián', 'Benjamín', 'César', 'Damián', 'Ernesto', 'Francisco', 'Gerardo', 'Héctor', 'Ignacio', 'Javier', 'Leonel', 'Manuel', 'Noé', 'Octavio', 'Pedro', 'Ramón', 'Sergio', 'Tomás', 'Ulises', 'Víctor', 'Rosario', 'Guadalupe', 'Socorro'],
  campanas: [
    {
      id: '120209917654010201',
      nombre: 'Contratistas · material a pie de obra',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 55,
      conjuntos: [
        {
          id: '120209917654020201',
          nombre: 'Construcción y remodelación · 25 km',
          anuncios: [
            {
              id: '120209917654030201',
              nombre: 'Cemento y varilla · llega hoy',
              miniatura: 'material',
              titular: 'Tu material a pie de obra el mismo día',
              parte: 0.58,
              instagram: 0.16,
              ctr: 0.013,
              conversion: 0.08,
              dias: [0, 1, 2, 3, 4, 5],
              llegada: {
                pregunta: [
                  'Buenas, ¿a cómo el bulto de cemento?',
                  'Vi su anuncio, precio de varilla de 3/8',
                  '¿Llevan cemento al norte de la ciudad?',
                ],
                respuesta:
                  'El bulto de cemento gris de 50 kg cuesta $265 y la varilla de 3/8, $195 por pieza de 12 metros.',
                fuentes: ['Cemento, mortero y yeso: precios', 'Varilla, alambre y malla'],
                sigue: ['¿cuánto el flete?', 'son 40 bultos, ¿hay precio?', 'ok gracias'],
                etiqueta: 'Cotización',
              },
            },
            {
              id: '120209917654030202',
              nombre: 'Manda tu lista, cotización hoy',
              miniatura: 'lista',
              titular: 'Manda tu lista por WhatsApp',
              parte: 0.42,
              instagram: 0.22,
              ctr: 0.011,
              conversion: 0.1,
              llegada: {
                pregunta: ['Les mando mi lista para cotizar', '¿Por aquí cotizan material?'],
                respuesta:
                  'Claro. Mándanos tu lista de materiales por este chat y te respondemos con la cotización el mismo día.',
                fuentes: ['Cotizaciones y precio de mayoreo'],
                sigue: ['va, ahorita la mando', '¿también hay crédito?'],
                etiqueta: 'Cotización',
              },
            },
          ],
        },
      ],
    },
    {
      id: '120209917654010202',
      nombre: 'Renta de equipo',
      objetivo: 'OUTCOME_LEADS',
      diario: 30,
      conjuntos: [
        {
          id: '120209917654020202',
          nombre: 'Hombres 25–60 · Hermosillo',
          anuncios: [
            {
              id: '120209917654030203',
              nombre: 'Revolvedora por día',
              miniatura: 'renta',
              titular: 'Renta de revolvedora, $450 por día',
              parte: 0.65,
              instagram: 0.2,
              ctr: 0.01,
              conversion: 0.09,
              llegada: {
                pregunta: ['¿Tienen revolvedora para el sábado?', 'Informes de la renta de revolvedora'],
                respuesta:
                  'Rentamos revolvedora a $450 por día. Se pide identificación oficial y un depósito de $1,000 que se regresa al devolver el equipo.',
                fuentes: ['Renta de herramienta'],
                sigue: ['apártamela por favor', 'ok, paso mañana'],
                etiqueta: 'Renta',
              },
            },
            {
              id: '120209917654030204',
              nombre: 'Rotomartillo y andamio',
              miniatura: 'rotomartillo',
              titular: 'Rotomartillo y andamio en renta',
              parte: 0.35,
              instagram: 0.2,
              ctr: 0.008,
              conversion: 0.055,
            },
          ],
        },
      ],
    },
    {
      id: '120209917654010203',
      nombre: 'Impermeabiliza antes de las lluvias',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 90,
      temporada: { desde: '05-15', hasta: '07-31' },
      conjuntos: [
        {
          id: '120209917654020203',
          nombre: 'Dueños de casa 30–65',
          anuncios: [
            {
              id: '120209917654030205',
              nombre: 'Cubeta de 5 años $1,290',
              miniatura: 'lluvia',
              titular: 'Impermeabiliza antes de las lluvias',
              parte: 1,
              instagram: 0.24,
              ctr: 0.014,
              conversion: 0.08,
            },
          ],
        },
      ],
    },
    {
      id: '120209917654010204',
      nombre: 'Pintura de otoño',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 45,
      temporada: { desde: '09-20', hasta: '12-31' },
      conjuntos: [
        {
          id: '120209917654020204',
          nombre: 'Dueños de casa 30–65 · Hermosillo',
          anuncios: [
            {
              id: '120209917654030206',
              nombre: 'Igualamos tu color gratis',
              miniatura: 'pintura',
              titular: 'Igualamos tu color gratis al comprar la pintura',
              parte: 0.7,
              instagram: 0.38,
              ctr: 0.012,
              conversion: 0.075,
              llegada: {
                pregunta: ['¿De verdad igualan el color gratis?', 'Hola, ¿cuánto la cubeta de vinílica?'],
                respuesta:
                  'La cubeta de 19 litros de pintura vinílica cuesta desde $1,150. Igualar el color es gratis al comprarla y tarda 15 minutos.',
                fuentes: ['Pintura vinílica y esmalte: precios', 'Igualación de color'],
                sigue: ['¿cuánto rinde?', 'gracias, paso el sábado'],
              },
            },
            {
              id: '120209917654030207',
              nombre: 'Segunda cubeta · foto de stock',
              miniatura: null,
              titular: 'Pinta tu casa este otoño',
              parte: 0.3,
              instagram: 0.3,
              ctr: 0.006,
              conversion: 0.025,
              pausadoHace: 16,
            },
          ],
        },
      ],
    },
    {
      id: '120209917654010205',
      nombre: 'Buen Fin · herramienta',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 140,
      temporada: { desde: '11-08', hasta: '11-20' },
      conjuntos: [
        {
          id: '120209917654020205',
          nombre: 'Compradores de herramienta · Sonora',
          anuncios: [
            {
              id: '120209917654030208',
              nombre: 'Taladro inalámbrico $2,450',
              miniatura: 'taladro',
              titular: 'Taladro de 20 V con dos baterías',
              parte: 1,
              instagram: 0.33,
              ctr: 0.016,
              conversion: 0.05,
              llegada: {
                pregunta: ['¿Todavía está el taladro inalámbrico?', 'precio del taladro del anuncio'],
                respuesta: 'El taladro inalámbrico de 20 V con dos baterías cuesta $2,450.',
                fuentes: ['Taladros y rotomartillos'],
                sigue: ['¿tiene garantía?', 'gracias, paso por él'],
              },
            },
          ],
        },
      ],
    },
  ],
  receptores: [
    { nombre: 'Jorge Tánori', quien: 'cliente', destino: JORGE, cadencias: ['semanal'], idioma: 'es' },
  ],
  cambios: [
    {
      dias: 16,
      correo: JORGE,
      nivel: 'anuncios',
      id: '120209917654030207',
      campo: 'estado',
      antes: 'ACTIVE',
      despues: 'PAUSED',
    },
    {
      dias: 27,
      correo: null,
      nivel: 'campanas',
      id: '120209917654010202',
      campo: 'presupuesto_diario',
      antes: 25,
      despues: 30,
    },
  ],
};
