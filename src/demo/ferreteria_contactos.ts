import { auto, c, ia, persona } from './escribir.ts';
import type { ContactoDemo } from './tipos.ts';

const JORGE = 'dueno@demo.local';

export const CONTACTOS_FERRETERIA: ContactoDemo[] = [
  {
    nombre: 'Ing. Roberto Cázares',
    telefono: '+526621150044',
    empresa: 'Cázares Construcciones',
    etiquetas: ['Contratista', 'Cotización'],
    notas: 'Obra en Puerta Real. Compra cada quincena, pide factura.',
    no_leidos: 2,
    espera_humano: true,
    inicio: { minutos: 35 },
    mensajes: [
      c('Buenas, ¿a cómo el bulto de cemento?'),
      ia('¡Hola! El bulto de cemento gris de 50 kg cuesta $265 y el de cemento blanco de 25 kg $290.', [
        'Cemento, mortero y yeso: precios',
      ]),
      c('ocupo 120 bultos y 80 varillas de 3/8, qué precio me das', { pausa: 2 }),
      ia(
        'Para no darte un dato equivocado, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
      ),
      c('lo necesito para mañana temprano en obra', { pausa: 6 }),
    ],
  },
  {
    nombre: 'Doña Chayo',
    telefono: '+526622217098',
    etiquetas: [],
    inicio: { minutos: 110 },
    mensajes: [
      c('Joven sacan copias de llaves'),
      ia('La copia de llave de casa cuesta $35 y la de auto sin chip $90; salen en 5 minutos.', [
        'Copias de llaves y cerrajería',
      ]),
      c('gracias ahorita voy'),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Martín Quijada',
    telefono: '+526623087761',
    etiquetas: ['Renta'],
    atendido_por: JORGE,
    inicio: { minutos: 240 },
    mensajes: [
      c('Rentan revolvedora? cuánto por día'),
      ia(
        'Rentamos revolvedora a $450 por día, rotomartillo demoledor a $600, andamio a $60 por cuerpo y escalera de extensión a $120.',
        ['Renta de herramienta'],
      ),
      c('la quiero viernes y sábado'),
      persona(JORGE, 'Te la aparto, Martín. Trae tu INE y el depósito de $1,000.', {
        pausa: 12,
        estado: 'leido',
      }),
      c('va, la recojo el jueves en la tarde?', { pausa: 20 }),
      persona(JORGE, 'Sí, a partir de las 5.', { pausa: 2, estado: 'entregado' }),
    ],
  },
  {
    nombre: 'Laura Bustamante',
    telefono: '+526621764420',
    etiquetas: ['Entrega pendiente'],
    no_leidos: 1,
    espera_humano: true,
    inicio: { minutos: 62 },
    mensajes: [
      c('Hola, ya salió mi pedido de la mañana?'),
      ia('Claro, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.'),
    ],
  },
  {
    nombre: 'Ernesto Gallego',
    telefono: '+526624139005',
    etiquetas: ['Mayoreo'],
    inicio: { dias: 1, hora: '09:12' },
    mensajes: [
      c('Qué precio tiene la cubeta de impermeabilizante de 5 años'),
      ia('El impermeabilizante acrílico de 19 litros cuesta $1,290 el de 5 años y $1,750 el de 7 años.', [
        'Impermeabilizante',
      ]),
      c('cuántos metros rinde?'),
      ia('Una cubeta rinde 19 metros cuadrados a dos manos.', ['Impermeabilizante']),
      c('desde cuántas es mayoreo'),
      ia('El precio de mayoreo aplica desde $5,000 o desde 10 piezas iguales.', [
        'Cotizaciones y precio de mayoreo',
      ]),
    ],
  },
  {
    nombre: 'Pinturas del Yaqui',
    telefono: '+526441802233',
    empresa: 'Pinturas del Yaqui',
    etiquetas: ['Mayoreo'],
    correo: 'compras@pinturasyaqui.example',
    inicio: { dias: 1, hora: '16:37' },
    mensajes: [
      c('dirección'),
      auto('Estamos en Calle Rosales 120, colonia Centro, Hermosillo, esquina con Dr. Noriega.', {
        pausa: 0.1,
      }),
      c('tienen estacionamiento para camión?'),
      ia(
        'Para no darte un dato equivocado, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
      ),
      persona(JORGE, 'Sí, por la entrada de Dr. Noriega cabe un torton.', { pausa: 25, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Sergio Mada',
    telefono: '+526622450081',
    etiquetas: ['Contratista'],
    notas: 'Plomero de la lista de recomendados.',
    inicio: { dias: 2, hora: '08:20' },
    mensajes: [
      c('Tubo pvc sanitario de 4 pulgadas, precio'),
      ia(
        'El tubo de PVC sanitario de 4 pulgadas cuesta $290 el tramo de 6 metros y el hidráulico de 1/2 pulgada $75.',
        ['Tubería y conexiones de PVC y cobre'],
      ),
      c('apártame 6'),
      persona(JORGE, 'Apartados, Sergio. Pásale al mostrador 2.', { pausa: 9, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Teresa Yépiz',
    telefono: '+526621336790',
    etiquetas: [],
    inicio: { dias: 3, hora: '12:50' },
    mensajes: [
      c('Me recomiendan un plomero?'),
      ia(
        'No hacemos instalaciones, pero te recomendamos plomeros, electricistas y pintores de confianza. Pide la lista en mostrador o por este chat; el precio lo acuerdas directo con ellos.',
        ['Plomero, electricista y otros instaladores'],
      ),
      c('sí mándame la lista'),
      ia('Claro, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.'),
      persona(
        JORGE,
        'Hola Tere, te recomiendo a Sergio Mada y a Beto Ruelas. Te paso sus números en un momento.',
        { pausa: 17, estado: 'leido' },
      ),
    ],
  },
  {
    nombre: 'Alejandro Moroyoqui',
    telefono: '+526423310077',
    etiquetas: ['Entrega pendiente'],
    inicio: { dias: 4, hora: '10:15' },
    mensajes: [
      c('Cuánto cobran el flete de arena a Villa Bonita'),
      ia(
        'El flete de cemento, arena, grava y varilla cuesta $350 por viaje dentro de la ciudad. El camión lleva hasta 3 toneladas y descarga a pie de obra; no subimos material a segundo piso.',
        ['Flete de material pesado'],
      ),
      c('quiero 3 metros para el sábado'),
      persona(JORGE, 'Te los llevamos el sábado entre 9 y 11.', { pausa: 30, estado: 'entregado' }),
    ],
  },
  {
    nombre: 'Gerardo Siqueiros',
    telefono: '+526624508832',
    etiquetas: [],
    inicio: { dias: 5, hora: '18:05' },
    mensajes: [
      c('abren domingo?'),
      ia(
        'La ferretería abre de lunes a viernes de 7:30 a 19:00, los sábados de 8:00 a 17:00 y los domingos de 9:00 a 14:00.',
        ['Horario de la ferretería'],
      ),
      c('ok gracias'),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Constructora Sahuaro',
    telefono: '+526622600145',
    empresa: 'Constructora Sahuaro, S. A. de C. V.',
    etiquetas: ['Contratista', 'Mayoreo'],
    correo: 'obras@sahuaro.example',
    notas: 'Crédito a 30 días autorizado.',
    inicio: { dias: 6, hora: '11:30' },
    mensajes: [
      c('Qué piden para el crédito?'),
      ia(
        'Damos crédito a 15 y 30 días a contratistas y empresas. Se solicita con RFC, comprobante de domicilio, dos referencias comerciales y un historial de tres meses de compras con nosotros.',
        ['Crédito para contratistas'],
      ),
      c('ya tenemos el historial, mando los papeles por correo'),
      persona(JORGE, 'Recibidos, ingeniero. Queda autorizado su crédito a 30 días.', {
        pausa: 55,
        estado: 'leido',
      }),
    ],
  },
  {
    nombre: 'Blanca Robles',
    telefono: '+526623904411',
    etiquetas: [],
    inicio: { dias: 7, hora: '13:22' },
    mensajes: [
      c('igualan un color de pintura? traigo un pedazo de pared'),
      ia(
        'Igualamos cualquier color de pintura con una muestra de al menos 3 por 3 centímetros. La igualación es gratis al comprar la pintura y tarda 15 minutos. El color igualado no tiene devolución.',
        ['Igualación de color'],
      ),
    ],
  },
  {
    nombre: 'Óscar Valdez',
    telefono: '+526621089934',
    etiquetas: [],
    inicio: { dias: 8, hora: '17:10' },
    mensajes: [
      c('Compré un taladro hace 10 días y no jala, me lo cambian?'),
      ia(
        'La herramienta eléctrica tiene un año de garantía y la manual tres meses. Trae el ticket y el equipo; lo revisa el centro de servicio de la marca en un máximo de 10 días.',
        ['Garantías de herramienta'],
      ),
      c('y me prestan uno mientras?'),
      ia(
        'Para no darte un dato equivocado, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
      ),
      persona(JORGE, 'Sí, Óscar, te presto uno de mostrador sin costo.', { pausa: 14, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Irma Castelo',
    telefono: '+526622319906',
    etiquetas: [],
    inicio: { dias: 9, hora: '09:55' },
    mensajes: [
      c('precio del tinaco de 1100'),
      ia(
        'El tinaco de 1,100 litros cuesta $2,990 y el de 750 litros $2,350; incluyen flotador, filtro y válvula.',
        ['Tinacos y cisternas'],
      ),
      c('me lo llevan a la Y griega?'),
      persona(JORGE, 'Sí, con envío gratis.', { pausa: 10, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Hugo Zepeda',
    telefono: '+526624770320',
    etiquetas: ['Renta'],
    inicio: { dias: 10, hora: '15:48' },
    mensajes: [
      c('Renta de andamios cuánto'),
      ia(
        'Rentamos revolvedora a $450 por día, rotomartillo demoledor a $600, andamio a $60 por cuerpo y escalera de extensión a $120.',
        ['Renta de herramienta'],
      ),
      c('4 cuerpos por 3 días'),
      persona(JORGE, 'Son $720 y el depósito de $1,000.', { pausa: 11, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Nidia Acuña',
    telefono: '+526621672255',
    etiquetas: ['Cotización'],
    inicio: { dias: 11, hora: '12:02' },
    mensajes: [
      c('lista'),
      auto('Mándame tu lista con cantidades y medidas, y te respondemos con la cotización el mismo día.', {
        pausa: 0.1,
      }),
      c('10 bultos de mortero, 2 cubetas de pintura blanca, 1 rodillo', { pausa: 3 }),
      persona(JORGE, 'Te la mando en media hora, Nidia.', { pausa: 8, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Luis Enrique Coronado',
    telefono: '+526623553017',
    etiquetas: [],
    inicio: { dias: 12, hora: '19:20' },
    mensajes: [
      c('hacen llaves con chip de carro?'),
      ia(
        'La copia de llave de casa cuesta $35 y la de auto sin chip $90; salen en 5 minutos. No hacemos llaves con chip.',
        ['Copias de llaves y cerrajería'],
      ),
    ],
  },
  {
    nombre: 'Electricidad Amavizca',
    telefono: '+526622881640',
    etiquetas: ['Contratista'],
    inicio: { dias: 13, hora: '10:33' },
    mensajes: [
      c('rollo de cable del 12 a como?'),
      ia('El rollo de 100 metros de cable calibre 12 cuesta $1,480 y el calibre 14 $980.', [
        'Cable, apagadores y focos',
      ]),
      c('mándame 3 con el repartidor'),
      persona(JORGE, 'Salen a las 12.', { pausa: 13, estado: 'leido' }),
    ],
  },
];
