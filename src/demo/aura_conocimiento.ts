import type { BloqueDemo } from './tipos.ts';

/** Conocimiento de Aura Estudio de Belleza. Los precios son de la demo. */
export const CONOCIMIENTO_AURA: BloqueDemo[] = [
  {
    titulo: 'Corte de cabello: precios',
    contenido:
      'El corte de dama cuesta $350 e incluye lavado y secado. El corte de caballero cuesta $220. El corte de niña o niño (hasta 10 años) cuesta $180. El puro despunte cuesta $200.',
    etiquetas: ['cabello', 'precios'],
    prioridad: 2,
  },
  {
    titulo: 'Horario de atención',
    contenido:
      'Abrimos de lunes a viernes de 10:00 a 20:00 y los sábados de 9:00 a 18:00. Los domingos cerramos. La última cita del día se toma una hora y media antes de cerrar.',
    etiquetas: ['horario'],
    prioridad: 2,
  },
  {
    titulo: 'Ubicación y cómo llegar',
    contenido:
      'Aura Estudio de Belleza está en Blvd. Morelos 415, colonia Bachoco, Hermosillo, Sonora, en la misma plaza que la cafetería, planta baja. La dirección en el mapa aparece como "Aura Estudio de Belleza".',
    etiquetas: ['ubicación'],
    prioridad: 2,
  },
  {
    titulo: 'Estacionamiento',
    contenido:
      'La plaza tiene estacionamiento gratis para clientas, con acceso por la calle de atrás. Hay un cajón para personas con discapacidad frente a la entrada.',
    etiquetas: ['ubicación'],
  },
  {
    titulo: 'Cómo agendar una cita',
    contenido:
      'Para agendar una cita mándanos por aquí el servicio que quieres, el día y la hora que te acomodan, y tu nombre completo. Confirmamos tu cita por este mismo chat. También recibimos sin cita cuando hay espacio libre.',
    etiquetas: ['citas'],
    prioridad: 1,
  },
  {
    titulo: 'Cambiar o cancelar una cita',
    contenido:
      'Puedes cambiar o cancelar tu cita sin costo avisando con al menos 24 horas de anticipación. Si cancelas el mismo día o no llegas, se pierde el anticipo.',
    etiquetas: ['citas', 'políticas'],
  },
  {
    titulo: 'Anticipo para apartar',
    contenido:
      'Los servicios de color, alisado y extensiones, y los paquetes de novia se apartan con un anticipo de $300 por transferencia. El anticipo se descuenta del total. Para corte, uñas y depilación no pedimos anticipo.',
    etiquetas: ['citas', 'pagos'],
  },
  {
    titulo: 'Retardos y tolerancia',
    contenido:
      'Tenemos 15 minutos de tolerancia. Si llegas más tarde hacemos lo posible por atenderte, pero quizá haya que acortar el servicio o mover tu cita.',
    etiquetas: ['citas', 'políticas'],
  },
  {
    titulo: 'Tinte y retoque de raíz: precios',
    contenido:
      'El retoque de raíz cuesta $650. El tinte completo cuesta desde $950 en cabello corto y desde $1,250 en cabello largo. Usamos tinte sin amoniaco y el precio incluye lavado y secado.',
    etiquetas: ['color', 'precios'],
    prioridad: 1,
  },
  {
    titulo: 'Balayage, mechas y luces',
    contenido:
      'El balayage cuesta desde $2,200 según el largo y la cantidad de cabello; incluye matiz y tratamiento. Las mechas o luces con gorro cuestan $1,400. El servicio tarda entre 3 y 5 horas.',
    etiquetas: ['color', 'precios'],
  },
  {
    titulo: 'Decoloración y corrección de color',
    contenido:
      'La corrección de color se cotiza en persona porque depende del historial de tu cabello. La valoración es gratis y dura 20 minutos. Si traes tinte negro o henna, avísanos antes.',
    etiquetas: ['color'],
  },
  {
    titulo: 'Alisado y keratina',
    contenido:
      'La keratina cuesta desde $1,500 y el alisado orgánico sin formol desde $1,900. El efecto dura de 3 a 5 meses. Después del servicio no te laves ni te amarres el cabello durante 48 horas.',
    etiquetas: ['cabello', 'precios'],
  },
  {
    titulo: 'Tratamientos para cabello maltratado',
    contenido:
      'La hidratación profunda cuesta $450 y el botox capilar $1,100. Para puntas abiertas y cabello seco recomendamos la hidratación una vez al mes.',
    etiquetas: ['cabello', 'precios'],
  },
  {
    titulo: 'Peinados y maquillaje',
    contenido:
      'El maquillaje social cuesta $750 con pestañas incluidas. El peinado cuesta desde $450. El paquete de peinado y maquillaje cuesta $1,100. Para graduaciones recomendamos apartar con dos semanas.',
    etiquetas: ['maquillaje', 'precios'],
  },
  {
    titulo: 'Paquete de novia',
    contenido:
      'El paquete de novia cuesta $4,500 e incluye prueba previa, peinado y maquillaje el día de la boda y retoque. El servicio a domicilio para novias tiene un cargo extra de $800 dentro de Hermosillo.',
    etiquetas: ['maquillaje', 'novias', 'precios'],
  },
  {
    titulo: 'Uñas acrílicas y gelish: precios',
    contenido:
      'Las uñas acrílicas cuestan desde $450 y el relleno o retoque $320. El gelish en manos cuesta $250. El retiro de acrílico cuesta $120 y es gratis si te vuelves a poner. El diseño a mano alzada cuesta $20 por uña.',
    etiquetas: ['uñas', 'precios'],
    prioridad: 1,
  },
  {
    titulo: 'Manicure y pedicure',
    contenido:
      'El manicure spa cuesta $280 y el pedicure spa $380. Los dos juntos cuestan $600. El pedicure incluye exfoliación, masaje y esmalte.',
    etiquetas: ['uñas', 'precios'],
  },
  {
    titulo: 'Garantía de uñas',
    contenido:
      'Si una uña se levanta o se quiebra en los primeros 5 días la reparamos sin costo. La garantía no cubre golpes ni uñas mordidas.',
    etiquetas: ['uñas', 'políticas'],
  },
  {
    titulo: 'Pestañas y cejas',
    contenido:
      'Las extensiones de pestañas clásicas cuestan $650 y las de volumen $850; el retoque a las tres semanas cuesta $400. El lifting de pestañas cuesta $550. El diseño de ceja con hilo cuesta $150 y el laminado $450.',
    etiquetas: ['pestañas', 'precios'],
  },
  {
    titulo: 'Depilación con cera',
    contenido:
      'La depilación con cera de bozo cuesta $90, axila $180, media pierna $260, pierna completa $420 y bikini brasileño $480. Usamos cera tibia de un solo uso. El vello debe medir al menos medio centímetro.',
    etiquetas: ['depilación', 'precios'],
  },
  {
    titulo: 'Faciales',
    contenido:
      'El facial de limpieza profunda cuesta $650 y dura 75 minutos. El facial hidratante cuesta $550. Si usas retinol o ácidos, suspéndelos 5 días antes.',
    etiquetas: ['faciales', 'precios'],
  },
  {
    titulo: 'Formas de pago',
    contenido:
      'Aceptamos efectivo, transferencia y tarjetas de crédito y débito Visa, Mastercard y American Express. A partir de $2,000 puedes pagar a 3 meses sin intereses con tarjetas participantes. No aceptamos cheques.',
    etiquetas: ['pagos'],
    prioridad: 1,
  },
  {
    titulo: 'Factura',
    contenido:
      'Sí facturamos. Envíanos tu constancia de situación fiscal y el uso de CFDI el mismo mes de tu compra y te llega la factura por correo en 48 horas.',
    etiquetas: ['pagos'],
  },
  {
    titulo: 'Promociones del mes',
    contenido:
      'De martes a jueves el gelish está en $199. Los miércoles hay 20 % de descuento en tratamientos capilares. Las promociones no se combinan entre sí y aplican con cita.',
    etiquetas: ['promociones'],
    prioridad: 1,
  },
  {
    titulo: 'Descuento de cumpleaños y clienta frecuente',
    contenido:
      'En el mes de tu cumpleaños tienes 15 % de descuento en el servicio que elijas; sólo presenta tu identificación. Con la tarjeta de clienta frecuente, a la sexta visita te regalamos un manicure.',
    etiquetas: ['promociones'],
  },
  {
    titulo: 'Tarjetas de regalo',
    contenido:
      'Tenemos tarjetas de regalo desde $300, válidas por 6 meses. Se compran en el salón o por transferencia y te mandamos la versión digital por este chat.',
    etiquetas: ['promociones'],
  },
  {
    titulo: 'Niños y mascotas',
    contenido:
      'Tus hijos son bienvenidos: hay un rincón infantil con juguetes y colores. Por higiene no se permite la entrada con mascotas, salvo perros guía.',
    etiquetas: ['políticas'],
  },
  {
    titulo: 'Embarazo y alergias',
    contenido:
      'Durante el embarazo recomendamos esperar al segundo trimestre para servicios con color y siempre consultarlo con tu médico. Hacemos prueba de alergia gratis 48 horas antes del tinte si tienes piel sensible.',
    etiquetas: ['salud', 'color'],
  },
  {
    titulo: 'Productos a la venta',
    contenido:
      'Vendemos champú sin sulfatos en $280, mascarilla reparadora en $320, aceite de argán en $250 y protector térmico en $230. Los productos no tienen cambio una vez abiertos.',
    etiquetas: ['productos', 'precios'],
  },
  {
    titulo: 'Vacantes',
    contenido:
      'Si quieres trabajar con nosotras, manda tu currículum y fotos de tu trabajo a empleo@aura.example. Buscamos estilista y manicurista con un año de experiencia.',
    etiquetas: ['empleo'],
  },
];
