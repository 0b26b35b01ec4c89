import { auto, c, ia, persona } from './escribir.ts';
import type { ContactoDemo } from './tipos.ts';

const MARIANA = 'mariana@aura.local';
const SOFIA = 'agente@aura.local';
const BIENVENIDA =
  '¡Hola! Soy Nora, la asistente de Aura Estudio de Belleza. Puedo darte precios, horarios y ayudarte a agendar. ¿Qué te gustaría saber?';

export const CONTACTOS_AURA: ContactoDemo[] = [
  {
    nombre: 'Fernanda Ruiz',
    telefono: '+526621480912',
    etiquetas: ['Novia', 'Por confirmar'],
    notas: 'Boda el 12 de diciembre en Bahía de Kino. Quiere prueba entre semana.',
    correo: 'fer.ruiz@correo.example',
    no_leidos: 2,
    espera_humano: true,
    inicio: { minutos: 26 },
    mensajes: [
      c('Hola! me caso el 12 de diciembre y quiero saber del paquete de novia'),
      ia(
        '¡Felicidades, Fernanda! El paquete de novia cuesta $4,500 e incluye prueba previa, peinado y maquillaje el día de la boda y retoque.',
        ['Paquete de novia'],
      ),
      c('y van a domicilio? la boda es en Kino', { pausa: 3 }),
      ia(
        'El servicio a domicilio para novias tiene un cargo extra de $800 dentro de Hermosillo. Para Bahía de Kino le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
        ['Paquete de novia'],
      ),
      c('ok espero, también sería para mi mamá y 3 damas', { pausa: 4 }),
      c('me urge apartar la fecha 🙏', { pausa: 1 }),
    ],
  },
  {
    nombre: 'Karla Montaño',
    telefono: '+5216622017745',
    etiquetas: ['Clienta frecuente', 'Color'],
    notas: 'Base 6.1, siempre con Paola.',
    no_leidos: 0,
    inicio: { minutos: 48 },
    mensajes: [
      c('¿Cuánto cuesta el retoque de raíz?'),
      ia('El retoque de raíz cuesta $650. Usamos tinte sin amoniaco y el precio incluye lavado y secado.', [
        'Tinte y retoque de raíz: precios',
      ]),
      c('y me lo puedo hacer el sábado?', { pausa: 2 }),
      ia(
        'Los sábados abrimos de 9:00 a 18:00. Mándame la hora que te acomoda y tu nombre completo, y el equipo te confirma por aquí.',
        ['Horario de atención', 'Cómo agendar una cita'],
      ),
      c('Karla Montaño a las 11 porfa'),
      persona(SOFIA, '¡Listo, Karla! Te agendé el sábado a las 11:00 con Paola.', {
        pausa: 6,
        estado: 'leido',
      }),
      c('mil gracias 💜', { pausa: 2 }),
    ],
  },
  {
    nombre: 'Daniela Félix',
    telefono: '+526623319054',
    etiquetas: ['Uñas'],
    no_leidos: 1,
    inicio: { minutos: 7 },
    mensajes: [
      c('Buenas tardes, ¿cuánto cuesta el gelish?'),
      ia('¡Hola! El gelish en manos cuesta $250.', ['Uñas acrílicas y gelish: precios']),
      c('y la promo del gelish sigue??', { pausa: 3 }),
      ia(
        'De martes a jueves el gelish está en $199. Las promociones no se combinan entre sí y aplican con cita.',
        ['Promociones del mes'],
      ),
      c('súper, aparto para el jueves a las 5', { pausa: 2 }),
    ],
  },
  {
    nombre: 'Lupita Valenzuela',
    telefono: '+526621905533',
    etiquetas: ['Queja'],
    notas: 'Se le levantaron dos uñas al tercer día. Ofrecer reparación en garantía y una disculpa.',
    atendido_por: MARIANA,
    inicio: { minutos: 190 },
    mensajes: [
      c('Oigan se me levantaron dos uñas y apenas me las puse el martes 😕'),
      ia(
        'Lamento mucho eso. Si una uña se levanta o se quiebra en los primeros 5 días la reparamos sin costo. Le paso tu mensaje a una persona del equipo para que te agende.',
        ['Garantía de uñas'],
      ),
      c('es la segunda vez que me pasa', { pausa: 5 }),
      persona(
        MARIANA,
        'Hola Lupita, soy Mariana, la dueña. Te ofrezco una disculpa. ¿Puedes venir hoy a las 6? Te las reparo yo misma, sin costo.',
        { pausa: 9, estado: 'leido' },
      ),
      c('sí puedo, gracias por responder', { pausa: 12 }),
      persona(MARIANA, 'Perfecto, te espero. 🙌', { pausa: 1, estado: 'entregado' }),
    ],
  },
  {
    nombre: 'Ana Sofía Bours',
    telefono: '+526622784410',
    etiquetas: ['Clienta frecuente'],
    inicio: { minutos: 320 },
    mensajes: [
      c('ubicación'),
      auto(
        'Estamos en Blvd. Morelos 415, colonia Bachoco, Hermosillo. Hay estacionamiento gratis en la plaza.',
        { pausa: 0.1 },
      ),
      c('gracias!', { pausa: 1 }),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Marisol Gámez',
    telefono: '+526621226678',
    etiquetas: ['Color', 'Por confirmar'],
    no_leidos: 1,
    espera_humano: true,
    inicio: { minutos: 75 },
    mensajes: [
      c('Hola, tengo el cabello negro de caja y quiero un rubio cenizo, cuánto me sale?'),
      ia(
        'La corrección de color se cotiza en persona porque depende del historial de tu cabello. La valoración es gratis y dura 20 minutos. Si traes tinte negro o henna, avísanos antes.',
        ['Decoloración y corrección de color'],
      ),
      c('les puedo mandar foto y me dan un aproximado?', { pausa: 3 }),
      ia(
        'Para no darte un dato equivocado, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
      ),
    ],
  },
  {
    nombre: 'Brenda Ochoa',
    telefono: '+526624410098',
    etiquetas: ['Uñas', 'Clienta frecuente'],
    inicio: { dias: 1, hora: '12:10' },
    mensajes: [
      c('Holaa cuánto el relleno de acrílico'),
      ia('¡Hola! Las uñas acrílicas cuestan desde $450 y el relleno o retoque $320.', [
        'Uñas acrílicas y gelish: precios',
      ]),
      c('va, me agendas mañana a las 4?'),
      persona(SOFIA, '¡Claro, Brenda! Mañana a las 4:00 con Jazmín. Te esperamos.', {
        pausa: 8,
        estado: 'leido',
      }),
      c('👍', { pausa: 3 }),
    ],
  },
  {
    nombre: 'Rocío Peralta',
    telefono: '+526623308761',
    etiquetas: ['Color'],
    inicio: { dias: 1, hora: '17:42' },
    mensajes: [
      c('cuanto tarda un balayage?'),
      ia('El servicio tarda entre 3 y 5 horas.', ['Balayage, mechas y luces']),
      c('y precio?'),
      ia(
        'El balayage cuesta desde $2,200 según el largo y la cantidad de cabello; incluye matiz y tratamiento.',
        ['Balayage, mechas y luces'],
      ),
      c('ok déjame ver y te confirmo', { pausa: 6 }),
      ia('¡Perfecto! Si te surge otra duda, escríbeme por aquí.'),
    ],
  },
  {
    nombre: 'Yolanda Cota',
    telefono: '+526621653320',
    etiquetas: [],
    inicio: { dias: 1, hora: '10:05' },
    mensajes: [
      c('Buenos días, ¿aceptan tarjeta?'),
      ia(
        '¡Hola! Aceptamos efectivo, transferencia y tarjetas de crédito y débito Visa, Mastercard y American Express.',
        ['Formas de pago'],
      ),
      c('muchas gracias'),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Distribuidora Kerasol',
    telefono: '+526622040507',
    empresa: 'Kerasol del Noroeste',
    etiquetas: ['Proveedor'],
    notas: 'Proveedor de keratina y champú. No es clienta: la IA apagada.',
    ia_activa: false,
    inicio: { dias: 2, hora: '11:20' },
    mensajes: [
      c('Buen día Mariana, le comparto la lista de precios nueva del distribuidor'),
      persona(MARIANA, 'Gracias, Raúl. ¿Me apartas 6 de la keratina de litro?', {
        pausa: 40,
        estado: 'leido',
      }),
      c('Con gusto, van el jueves con el pedido', { pausa: 15 }),
    ],
  },
  {
    nombre: 'Paty Encinas',
    telefono: '+526624127890',
    etiquetas: ['Clienta frecuente'],
    inicio: { dias: 2, hora: '18:30' },
    mensajes: [
      c('Hola, necesito cancelar mi cita de mañana, me cobran?'),
      ia(
        '¡Hola! Puedes cambiar o cancelar tu cita sin costo avisando con al menos 24 horas de anticipación. Si cancelas el mismo día o no llegas, se pierde el anticipo.',
        ['Cambiar o cancelar una cita'],
      ),
      c('es a las 7 de la tarde, alcanzo entonces?', { pausa: 2 }),
      ia('Claro, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.'),
      persona(SOFIA, 'Sí alcanzas, Paty. Te la cambio sin costo, ¿qué día te acomoda?', {
        pausa: 11,
        estado: 'leido',
      }),
      c('el viernes a la misma hora'),
      persona(SOFIA, 'Listo, viernes 7:00 p. m. ✅', { pausa: 3, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Itzel Robles',
    telefono: '+526621998234',
    etiquetas: ['Novia'],
    correo: 'itzel.robles@correo.example',
    inicio: { dias: 3, hora: '13:15' },
    mensajes: [
      c('Info de peinado y maquillaje para graduación por favor'),
      auto(BIENVENIDA, { pausa: 0.1 }),
      ia(
        'El paquete de peinado y maquillaje cuesta $1,100. Para graduaciones recomendamos apartar con dos semanas.',
        ['Peinados y maquillaje'],
      ),
      c('somos 4 amigas hay descuento?', { pausa: 4 }),
      ia(
        'Para no darte un dato equivocado, le paso tu mensaje a una persona del equipo; en un momento te responde por aquí.',
      ),
      persona(MARIANA, 'Hola Itzel, para grupos de 4 les hago 10 % de descuento. ¿Qué fecha es?', {
        pausa: 22,
        estado: 'leido',
      }),
      c('el 4 de diciembre a las 3', { pausa: 7 }),
      persona(MARIANA, 'Apartado para las 4. Les paso el anticipo mañana. 💄', { pausa: 5, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Claudia Noriega',
    telefono: '+526623741125',
    etiquetas: [],
    inicio: { dias: 4, hora: '16:00' },
    mensajes: [
      c('A qué hora cierran hoy?'),
      ia(
        'Abrimos de lunes a viernes de 10:00 a 20:00 y los sábados de 9:00 a 18:00. Los domingos cerramos.',
        ['Horario de atención'],
      ),
      c('gracias'),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Gaby Tapia',
    telefono: '+526622567013',
    etiquetas: ['Uñas'],
    inicio: { dias: 5, hora: '11:48' },
    mensajes: [
      c('Cuánto manicure y pedicure juntos'),
      ia('El manicure spa cuesta $280 y el pedicure spa $380. Los dos juntos cuestan $600.', [
        'Manicure y pedicure',
      ]),
      c('y es mi cumpleaños este mes 🎂'),
      ia(
        '¡Felicidades! En el mes de tu cumpleaños tienes 15 % de descuento en el servicio que elijas; sólo presenta tu identificación.',
        ['Descuento de cumpleaños y clienta frecuente'],
      ),
      c('excelente, voy el sábado'),
    ],
  },
  {
    nombre: 'Norma Lizárraga',
    telefono: '+526621030467',
    etiquetas: [],
    acepta_envios: false,
    inicio: { dias: 6, hora: '09:25' },
    mensajes: [
      c('BAJA'),
      auto('Listo, ya no te mandaremos promociones. Si cambias de opinión, escribe ALTA.', { pausa: 0.1 }),
    ],
  },
  {
    nombre: 'Mónica Salazar',
    telefono: '+526624880341',
    etiquetas: ['Clienta frecuente', 'Color'],
    notas: 'Embarazada, segundo trimestre (nov).',
    inicio: { dias: 7, hora: '12:33' },
    mensajes: [
      c('Hola! estoy embarazada, ¿me puedo pintar el cabello?'),
      ia(
        'Durante el embarazo recomendamos esperar al segundo trimestre para servicios con color y siempre consultarlo con tu médico. Hacemos prueba de alergia gratis 48 horas antes del tinte si tienes piel sensible.',
        ['Embarazo y alergias'],
      ),
      c('ya estoy en el quinto mes y mi doctora dice que sí'),
      persona(
        MARIANA,
        '¡Qué alegría, Moni! Entonces te agendo con Paola y usamos el tinte sin amoniaco. ¿Jueves a las 12?',
        { pausa: 18, estado: 'leido' },
      ),
      c('perfecto ahí estaré', { pausa: 4 }),
    ],
  },
  {
    nombre: 'Adriana Mexía',
    telefono: '+526623120086',
    etiquetas: ['Por confirmar'],
    inicio: { dias: 8, hora: '19:10' },
    mensajes: [
      c('Precio de extensiones de pestañas'),
      ia(
        'Las extensiones de pestañas clásicas cuestan $650 y las de volumen $850; el retoque a las tres semanas cuesta $400.',
        ['Pestañas y cejas'],
      ),
      c('agéndame el sábado temprano'),
      persona(SOFIA, 'Tengo 9:00 o 10:30, ¿cuál prefieres?', {
        pausa: 1575,
        estado: 'fallido',
        error_codigo: 63016,
        error_detalle:
          'Pasaron más de 24 horas desde su último mensaje; sólo se puede enviar una plantilla aprobada.',
      }),
    ],
  },
  {
    nombre: 'Verónica Duarte',
    telefono: '+526621477702',
    etiquetas: [],
    inicio: { dias: 9, hora: '10:40' },
    mensajes: [
      c('Tienen estacionamiento?'),
      ia('La plaza tiene estacionamiento gratis para clientas, con acceso por la calle de atrás.', [
        'Estacionamiento',
      ]),
    ],
  },
  {
    nombre: 'Spam Préstamos',
    telefono: '+525511223344',
    etiquetas: [],
    bloqueado: true,
    inicio: { dias: 10, hora: '08:02' },
    mensajes: [c('Felicidades!!! su préstamo fue APROBADO, responda SI para depositar')],
  },
  {
    nombre: 'Carmen Ibarra',
    telefono: '+526622908117',
    etiquetas: ['Clienta frecuente'],
    inicio: { dias: 11, hora: '15:20' },
    mensajes: [
      c('Venden tarjetas de regalo? es para mi hermana'),
      ia(
        'Tenemos tarjetas de regalo desde $300, válidas por 6 meses. Se compran en el salón o por transferencia y te mandamos la versión digital por este chat.',
        ['Tarjetas de regalo'],
      ),
      c('quiero una de $500'),
      persona(SOFIA, '¡Va! Te paso los datos para la transferencia y en cuanto caiga te la mando.', {
        pausa: 16,
        estado: 'leido',
      }),
      c('listo ya transferí', { pausa: 30 }),
      persona(SOFIA, 'Recibido, Carmen. Aquí va tu tarjeta digital. 🎁', { pausa: 5, estado: 'leido' }),
    ],
  },
  {
    nombre: 'Elena Grijalva',
    telefono: '+526624001593',
    etiquetas: ['Color'],
    inicio: { dias: 12, hora: '14:05' },
    mensajes: [
      c('hacen keratina? cuanto dura'),
      ia(
        'La keratina cuesta desde $1,500 y el alisado orgánico sin formol desde $1,900. El efecto dura de 3 a 5 meses.',
        ['Alisado y keratina'],
      ),
      c('gracias lo voy a pensar'),
      ia('¡Con mucho gusto! Aquí estoy si necesitas algo más.'),
    ],
  },
  {
    nombre: 'Jessica Amavizca',
    telefono: '+526623665809',
    etiquetas: [],
    inicio: { dias: 13, hora: '17:55' },
    mensajes: [
      c('Buenas tardes, buscan estilista?'),
      ia(
        '¡Hola! Si quieres trabajar con nosotras, manda tu currículum y fotos de tu trabajo a empleo@aura.example. Buscamos estilista y manicurista con un año de experiencia.',
        ['Vacantes'],
      ),
      c('ahorita lo mando, gracias'),
    ],
  },
];
