import type { BloqueDemo } from './tipos.ts';

/** Conocimiento de Ferretería El Tornillo Feliz. Los precios son de la demo. */
export const CONOCIMIENTO_FERRETERIA: BloqueDemo[] = [
  {
    titulo: 'Horario de la ferretería',
    contenido:
      'La ferretería abre de lunes a viernes de 7:30 a 19:00, los sábados de 8:00 a 17:00 y los domingos de 9:00 a 14:00. En días festivos abrimos medio día.',
    etiquetas: ['horario'],
    prioridad: 2,
  },
  {
    titulo: 'Dirección y sucursales',
    contenido:
      'Estamos en Calle Rosales 120, colonia Centro, Hermosillo, esquina con Dr. Noriega. La sucursal norte está en Blvd. Solidaridad 890, junto a la gasolinera.',
    etiquetas: ['ubicación'],
    prioridad: 2,
  },
  {
    titulo: 'Entrega a domicilio',
    contenido:
      'Llevamos tu material a domicilio en Hermosillo. El envío cuesta $80 y es gratis en compras mayores a $1,500. Los pedidos hechos antes de las 12:00 se entregan el mismo día.',
    etiquetas: ['entregas'],
    prioridad: 1,
  },
  {
    titulo: 'Flete de material pesado',
    contenido:
      'El flete de cemento, arena, grava y varilla cuesta $350 por viaje dentro de la ciudad. El camión lleva hasta 3 toneladas y descarga a pie de obra; no subimos material a segundo piso.',
    etiquetas: ['entregas', 'construcción'],
  },
  {
    titulo: 'Cemento, mortero y yeso: precios',
    contenido:
      'El bulto de cemento gris de 50 kg cuesta $265 y el de cemento blanco de 25 kg $290. El mortero de 50 kg cuesta $215. El yeso de 40 kg cuesta $130.',
    etiquetas: ['construcción', 'precios'],
    prioridad: 1,
  },
  {
    titulo: 'Arena y grava',
    contenido:
      'El metro cúbico de arena cuesta $480 y el de grava $520. También vendemos medio metro. El costal de arena de 30 kg cuesta $45.',
    etiquetas: ['construcción', 'precios'],
  },
  {
    titulo: 'Varilla, alambre y malla',
    contenido:
      'La varilla de 3/8 cuesta $195 por pieza de 12 metros y la de 1/2 cuesta $340. El alambre recocido cuesta $42 el kilo. La malla electrosoldada 6x6 cuesta $38 el metro cuadrado.',
    etiquetas: ['construcción', 'precios'],
  },
  {
    titulo: 'Block y ladrillo',
    contenido:
      'El block de concreto de 15x20x40 cuesta $17 por pieza y el ladrillo rojo $6.50. En pedidos de más de 500 piezas hay precio de mayoreo.',
    etiquetas: ['construcción', 'precios'],
  },
  {
    titulo: 'Pintura vinílica y esmalte: precios',
    contenido:
      'La cubeta de 19 litros de pintura vinílica cuesta desde $1,150 y el galón desde $320. El esmalte cuesta $210 el litro. El rendimiento es de 8 a 10 metros cuadrados por litro a dos manos.',
    etiquetas: ['pintura', 'precios'],
    prioridad: 1,
  },
  {
    titulo: 'Igualación de color',
    contenido:
      'Igualamos cualquier color de pintura con una muestra de al menos 3 por 3 centímetros. La igualación es gratis al comprar la pintura y tarda 15 minutos. El color igualado no tiene devolución.',
    etiquetas: ['pintura'],
  },
  {
    titulo: 'Impermeabilizante',
    contenido:
      'El impermeabilizante acrílico de 19 litros cuesta $1,290 el de 5 años y $1,750 el de 7 años. Una cubeta rinde 19 metros cuadrados a dos manos. Aplícalo con la superficie limpia, seca y sin riesgo de lluvia en 24 horas.',
    etiquetas: ['pintura', 'precios'],
  },
  {
    titulo: 'Brochas, rodillos y thinner',
    contenido:
      'La brocha de 2 pulgadas cuesta $35, la de 4 pulgadas $68 y el rodillo con maneral $95. El litro de thinner cuesta $60 y el aguarrás $55.',
    etiquetas: ['pintura', 'precios'],
  },
  {
    titulo: 'Tornillos, clavos y taquetes',
    contenido:
      'Vendemos tornillos, pijas, clavos, tuercas y taquetes por pieza, por kilo o por caja. El kilo de clavo cuesta $48. La caja de 100 pijas para tablaroca cuesta $65. Trae tu tornillo de muestra y te lo igualamos.',
    etiquetas: ['tornillería', 'precios'],
  },
  {
    titulo: 'Taladros y rotomartillos',
    contenido:
      'El taladro de 1/2 pulgada cuesta $1,090 y el rotomartillo de 800 watts $1,890. El taladro inalámbrico de 20 V con dos baterías cuesta $2,450. El juego de brocas para concreto cuesta $180.',
    etiquetas: ['herramienta', 'precios'],
  },
  {
    titulo: 'Herramienta manual',
    contenido:
      'El martillo de uña cuesta $165, el flexómetro de 5 metros $89, la pinza de electricista $210, el desarmador $45 y el juego de llaves españolas $390.',
    etiquetas: ['herramienta', 'precios'],
  },
  {
    titulo: 'Renta de herramienta',
    contenido:
      'Rentamos revolvedora a $450 por día, rotomartillo demoledor a $600, andamio a $60 por cuerpo y escalera de extensión a $120. Se pide identificación oficial y un depósito de $1,000 que se regresa al devolver el equipo.',
    etiquetas: ['renta', 'precios'],
    prioridad: 1,
  },
  {
    titulo: 'Tubería y conexiones de PVC y cobre',
    contenido:
      'El tubo de PVC sanitario de 4 pulgadas cuesta $290 el tramo de 6 metros y el hidráulico de 1/2 pulgada $75. El tubo de cobre de 1/2 cuesta $420. Tenemos codos, tes y coples de todas las medidas.',
    etiquetas: ['plomería', 'precios'],
  },
  {
    titulo: 'Tinacos y cisternas',
    contenido:
      'El tinaco de 1,100 litros cuesta $2,990 y el de 750 litros $2,350; incluyen flotador, filtro y válvula. La cisterna de 5,000 litros cuesta $14,900 y se entrega en 3 días hábiles. La garantía es de por vida contra defectos.',
    etiquetas: ['plomería', 'precios'],
  },
  {
    titulo: 'Llaves, regaderas y sanitarios',
    contenido:
      'La mezcladora para lavabo cuesta desde $480, la regadera desde $160 y el sanitario completo con tapa y herrajes $1,690. Las refacciones de tanque cuestan $145.',
    etiquetas: ['plomería', 'precios'],
  },
  {
    titulo: 'Calentadores de agua',
    contenido:
      'El boiler de paso de 6 litros cuesta $2,690 y el de depósito de 38 litros $3,450. El calentador solar para 4 personas cuesta $6,900. No incluyen instalación.',
    etiquetas: ['plomería', 'precios'],
  },
  {
    titulo: 'Cable, apagadores y focos',
    contenido:
      'El rollo de 100 metros de cable calibre 12 cuesta $1,480 y el calibre 14 $980. El metro suelto cuesta $17. El apagador sencillo cuesta $32, el contacto $36 y el foco LED de 9 watts $28.',
    etiquetas: ['eléctrico', 'precios'],
  },
  {
    titulo: 'Copias de llaves y cerrajería',
    contenido:
      'La copia de llave de casa cuesta $35 y la de auto sin chip $90; salen en 5 minutos. No hacemos llaves con chip. Las chapas de sobreponer cuestan desde $320.',
    etiquetas: ['cerrajería', 'precios'],
  },
  {
    titulo: 'Corte de vidrio, madera y tubo',
    contenido:
      'Cortamos triplay, MDF y tubo a la medida; los primeros 3 cortes son gratis y cada corte extra cuesta $15. El vidrio de 3 mm cuesta $280 el metro cuadrado. No cortamos vidrio templado.',
    etiquetas: ['cortes', 'precios'],
  },
  {
    titulo: 'Plomero, electricista y otros instaladores',
    contenido:
      'No hacemos instalaciones, pero te recomendamos plomeros, electricistas y pintores de confianza. Pide la lista en mostrador o por este chat; el precio lo acuerdas directo con ellos.',
    etiquetas: ['servicios'],
  },
  {
    titulo: 'Formas de pago',
    contenido:
      'Puedes pagar en efectivo, con transferencia o con tarjeta de débito y crédito sin comisión. Arriba de $3,000 hay 6 meses sin intereses con bancos participantes.',
    etiquetas: ['pagos'],
    prioridad: 1,
  },
  {
    titulo: 'Crédito para contratistas',
    contenido:
      'Damos crédito a 15 y 30 días a contratistas y empresas. Se solicita con RFC, comprobante de domicilio, dos referencias comerciales y un historial de tres meses de compras con nosotros.',
    etiquetas: ['pagos', 'mayoreo'],
  },
  {
    titulo: 'Facturación',
    contenido:
      'Facturamos el mismo día en mostrador o por este chat con tu ticket y tu constancia de situación fiscal. Tienes hasta el último día del mes de compra para pedir tu factura.',
    etiquetas: ['pagos'],
  },
  {
    titulo: 'Cambios y devoluciones',
    contenido:
      'Aceptamos cambios y devoluciones en los primeros 15 días con ticket y el producto sin usar y en su empaque. No hay devolución en pintura igualada, material cortado ni cemento.',
    etiquetas: ['políticas'],
    prioridad: 1,
  },
  {
    titulo: 'Garantías de herramienta',
    contenido:
      'La herramienta eléctrica tiene un año de garantía y la manual tres meses. Trae el ticket y el equipo; lo revisa el centro de servicio de la marca en un máximo de 10 días.',
    etiquetas: ['políticas', 'herramienta'],
  },
  {
    titulo: 'Cotizaciones y precio de mayoreo',
    contenido:
      'Mándanos tu lista de materiales por este chat y te respondemos con la cotización el mismo día. El precio de mayoreo aplica desde $5,000 o desde 10 piezas iguales. La cotización tiene vigencia de 7 días.',
    etiquetas: ['mayoreo'],
    prioridad: 1,
  },
];
