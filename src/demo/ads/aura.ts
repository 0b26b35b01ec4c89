import type { AdsDemo } from './tipos.ts';

const MARIANA = 'mariana@aura.local';

/** Los anuncios de un estudio de belleza: lo de siempre, las uñas entre semana, y las temporadas de fiesta. */
export const ADS_AURA: AdsDemo = {
  act: 'act_4837201956',
  nombre: 'Aura Estudio de Belleza',
  moneda: 'MXN',
  zona: 'America/Hermosillo',
  meses: [0.72, 1.05, 0.95, 1, 1.25, 1, 0.9, 0.95, 0.9, 1, 1.05, 1.3],
  semana: [0.8, 0.95, 1.05, 1.2, 1.25, 1.1, 0.6],
  cpm: { facebook: 62, instagram: 78 },
  atiende: 'agente@aura.local',
  lada: '40',
  // biome-ignore format: una lista
  nombres: ['Alejandra', 'Beatriz', 'Carolina', 'Denisse', 'Erika', 'Fabiola', 'Gabriela', 'Hilda', 'Irene', 'Jimena', 'Karina', 'Liliana', 'Mónica', 'Nadia', 'Olivia', 'Perla', 'Rebeca', 'Susana', 'Tania', 'Valeria', 'Yolanda', 'Zulema', 'Araceli', 'Claudia'],
  campanas: [
    {
      id: '120213480021310101',
      nombre: 'Cabello · Mensajes a WhatsApp',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 60,
      conjuntos: [
        {
          id: '120213480021320101',
          nombre: 'Mujeres 25–45 · Hermosillo',
          anuncios: [
            {
              id: '120213480021330101',
              nombre: 'Balayage · antes y después',
              miniatura: 'balayage',
              titular: 'Balayage desde $2,200',
              parte: 0.42,
              instagram: 0.68,
              ctr: 0.017,
              conversion: 0.095,
              llegada: {
                pregunta: [
                  'Hola, vi su anuncio del balayage, ¿cuánto cuesta?',
                  'Buenas tardes, información del balayage por favor',
                  '¿Qué precio tiene el balayage para cabello largo?',
                ],
                respuesta:
                  '¡Hola! El balayage cuesta desde $2,200 según el largo y la cantidad de cabello; incluye matiz y tratamiento. El servicio tarda entre 3 y 5 horas.',
                fuentes: ['Balayage, mechas y luces'],
                sigue: [
                  'ok gracias, lo pienso y te aviso',
                  '¿tienen lugar este sábado?',
                  'me interesa, ¿dejo anticipo?',
                ],
                etiqueta: 'Color',
              },
            },
            {
              id: '120213480021330102',
              nombre: 'Corte de dama · video de 15 s',
              miniatura: 'corte',
              titular: 'Corte de dama $350 con lavado y secado',
              parte: 0.2,
              instagram: 0.55,
              ctr: 0.012,
              conversion: 0.07,
              llegada: {
                pregunta: [
                  '¿Cuánto cuesta el corte de dama?',
                  'Hola! el corte del anuncio incluye el secado?',
                ],
                respuesta: '¡Hola! El corte de dama cuesta $350 e incluye lavado y secado.',
                fuentes: ['Corte de cabello: precios'],
                sigue: ['perfecto, gracias', '¿puedo ir hoy en la tarde?'],
              },
            },
          ],
        },
        {
          id: '120213480021320102',
          nombre: 'Parecidas a mis clientas (2 %)',
          anuncios: [
            {
              id: '120213480021330103',
              nombre: 'Botox capilar · testimonio',
              miniatura: 'tratamiento',
              titular: 'Botox capilar $1,100',
              parte: 0.38,
              instagram: 0.6,
              ctr: 0.014,
              conversion: 0.088,
              llegada: {
                pregunta: [
                  'Hola, quiero informes del botox capilar',
                  '¿Sirve el botox capilar para puntas abiertas?',
                ],
                respuesta:
                  '¡Hola! El botox capilar cuesta $1,100. Para puntas abiertas y cabello seco recomendamos además la hidratación profunda, que cuesta $450, una vez al mes.',
                fuentes: ['Tratamientos para cabello maltratado'],
                sigue: ['súper, gracias', 'quiero agendar para el viernes'],
              },
            },
            {
              id: '120213480021330104',
              nombre: 'Tinte sin amoniaco · foto',
              miniatura: null,
              titular: 'Tinte sin amoniaco',
              parte: 0.22,
              instagram: 0.4,
              ctr: 0.007,
              conversion: 0.03,
              pausadoHace: 38,
            },
          ],
        },
      ],
    },
    {
      id: '120213480021310102',
      nombre: 'Gelish $199 de martes a jueves',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 40,
      conjuntos: [
        {
          id: '120213480021320103',
          nombre: 'Mujeres 18–35 · a 6 km del estudio',
          anuncios: [
            {
              id: '120213480021330105',
              nombre: 'Gelish $199 · carrusel de diseños',
              miniatura: 'gelish',
              titular: 'Gelish a $199 de martes a jueves',
              parte: 0.6,
              instagram: 0.74,
              ctr: 0.021,
              conversion: 0.11,
              dias: [0, 1, 2, 3],
              llegada: {
                pregunta: [
                  'Hola! sigue la promo del gelish?',
                  '¿Tienen espacio mañana para gelish?',
                  'vi lo del gelish en $199, ¿qué incluye?',
                ],
                respuesta:
                  '¡Hola! De martes a jueves el gelish está en $199. Las promociones no se combinan entre sí y aplican con cita.',
                fuentes: ['Promociones del mes'],
                sigue: ['va, ¿a las 5 hay lugar?', 'gracias 💅', 'lo aparto para el jueves'],
                etiqueta: 'Uñas',
              },
            },
            {
              id: '120213480021330106',
              nombre: 'Acrílicas · reel',
              miniatura: 'acrilicas',
              titular: 'Uñas acrílicas desde $450',
              parte: 0.4,
              instagram: 0.86,
              ctr: 0.018,
              conversion: 0.075,
              llegada: {
                pregunta: ['¿Cuánto cuestan las acrílicas con diseño?', 'Hola, precio de las uñas del reel'],
                respuesta:
                  '¡Hola! Las uñas acrílicas cuestan desde $450 y el diseño a mano alzada $20 por uña. El relleno o retoque cuesta $320.',
                fuentes: ['Uñas acrílicas y gelish: precios'],
                sigue: ['ok gracias', '¿con cuánto aparto?'],
                etiqueta: 'Uñas',
              },
            },
          ],
        },
      ],
    },
    {
      id: '120213480021310103',
      nombre: 'Novias · temporada',
      objetivo: 'OUTCOME_LEADS',
      diario: 35,
      temporada: { desde: '08-15', hasta: '12-20' },
      conjuntos: [
        {
          id: '120213480021320104',
          nombre: 'Comprometidas · Sonora',
          anuncios: [
            {
              id: '120213480021330107',
              nombre: 'Paquete de novia $4,500',
              miniatura: 'novia',
              titular: 'Paquete de novia con prueba incluida',
              parte: 1,
              instagram: 0.7,
              ctr: 0.013,
              conversion: 0.06,
              llegada: {
                pregunta: [
                  'Hola, me caso en marzo y quiero informes del paquete',
                  '¿El paquete de novia incluye prueba?',
                ],
                respuesta:
                  '¡Felicidades! El paquete de novia cuesta $4,500 e incluye prueba previa, peinado y maquillaje el día de la boda y retoque.',
                fuentes: ['Paquete de novia'],
                sigue: ['qué padre, lo platico con mi mamá y te confirmo', '¿cuánto es el anticipo?'],
                etiqueta: 'Novia',
              },
            },
          ],
        },
      ],
    },
    {
      id: '120213480021310104',
      nombre: '10 de mayo · regálale un día en Aura',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 120,
      temporada: { desde: '04-20', hasta: '05-10' },
      conjuntos: [
        {
          id: '120213480021320105',
          nombre: 'Hijas e hijos 20–50 · Hermosillo',
          anuncios: [
            {
              id: '120213480021330108',
              nombre: 'Tarjeta de regalo para mamá',
              miniatura: 'regalo',
              titular: 'Regálale un día en Aura',
              parte: 1,
              instagram: 0.48,
              ctr: 0.019,
              conversion: 0.1,
            },
          ],
        },
      ],
    },
    {
      id: '120213480021310105',
      nombre: 'Posadas · peinado y maquillaje',
      objetivo: 'OUTCOME_ENGAGEMENT',
      diario: 70,
      temporada: { desde: '11-15', hasta: '12-23' },
      conjuntos: [
        {
          id: '120213480021320106',
          nombre: 'Mujeres 22–50 · Hermosillo',
          anuncios: [
            {
              id: '120213480021330109',
              nombre: 'Peinado para posada · foto',
              miniatura: 'peinado',
              titular: 'Peinado y maquillaje para tus posadas',
              parte: 1,
              instagram: 0.62,
              ctr: 0.015,
              conversion: 0.085,
              llegada: {
                pregunta: [
                  'Hola, ¿cuánto por peinado y maquillaje para una posada?',
                  '¿Ya están agendando para diciembre?',
                ],
                respuesta:
                  '¡Hola! El paquete de peinado y maquillaje cuesta $1,100. Mándame el día, la hora y tu nombre completo, y el equipo te confirma por aquí.',
                fuentes: ['Peinados y maquillaje', 'Cómo agendar una cita'],
                sigue: ['somos 3 el 12 de diciembre', 'ok, lo checo y te digo'],
              },
            },
          ],
        },
      ],
    },
  ],
  receptores: [
    {
      nombre: 'Mariana Elías',
      quien: 'cliente',
      destino: MARIANA,
      cadencias: ['semanal', 'mensual'],
      idioma: 'es',
    },
    {
      nombre: 'Kate Morgan (socia)',
      quien: 'persona',
      destino: 'kate@aura.example',
      cadencias: ['semanal'],
      idioma: 'en',
    },
  ],
  cambios: [
    {
      dias: 61,
      correo: MARIANA,
      nivel: 'campanas',
      id: '120213480021310101',
      campo: 'presupuesto_diario',
      antes: 50,
      despues: 60,
    },
    {
      dias: 38,
      correo: MARIANA,
      nivel: 'anuncios',
      id: '120213480021330104',
      campo: 'estado',
      antes: 'ACTIVE',
      despues: 'PAUSED',
    },
    {
      dias: 9,
      correo: null,
      nivel: 'campanas',
      id: '120213480021310102',
      campo: 'presupuesto_diario',
      antes: 35,
      despues: 40,
    },
  ],
};
