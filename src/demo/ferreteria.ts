import { ADS_FERRETERIA } from './ads/ferreteria.ts';
import { CONOCIMIENTO_FERRETERIA } from './ferreteria_conocimiento.ts';
import { CONTACTOS_FERRETERIA } from './ferreteria_contactos.ts';
import type { NoraDemo } from './tipos.ts';

export const FERRETERIA: NoraDemo = {
  nombre_nora: 'demo',
  nombre_visible: 'Ferretería El Tornillo Feliz',
  numero_nora: '+526629876543',
  personalidad:
    'Eres directo, servicial y conocedor, como un buen dependiente de mostrador. Hablas de tú, con español de México, sin tecnicismos de más.',
  instrucciones:
    'Da precios y existencias sólo si están en el conocimiento. Si piden cotización, pide la lista con cantidades y medidas. Los créditos, las devoluciones con problema y los pedidos a medio entregar los ve una persona.',
  mensaje_bienvenida:
    '¡Qué tal! Soy Nora, de Ferretería El Tornillo Feliz. Dime qué material buscas o mándame tu lista y te ayudo.',
  mensaje_fuera_horario: 'Ya cerramos por hoy. Deja tu lista y mañana a primera hora te cotizamos.',
  modo_respuesta: 'estricto',
  zona_horaria: 'America/Hermosillo',
  horario: {
    lun: [['07:30', '19:00']],
    mar: [['07:30', '19:00']],
    mie: [['07:30', '19:00']],
    jue: [['07:30', '19:00']],
    vie: [['07:30', '19:00']],
    sab: [['08:00', '17:00']],
    dom: [['09:00', '14:00']],
  },
  modulos: ['chat', 'contactos', 'etiquetas', 'ia', 'respuestas', 'conocimiento', 'ads', 'estadisticas'],
  etiquetas: [
    { nombre: 'Contratista', color: 'azul' },
    { nombre: 'Mayoreo', color: 'verde' },
    { nombre: 'Cotización', color: 'ambar' },
    { nombre: 'Entrega pendiente', color: 'naranja' },
    { nombre: 'Renta', color: 'cielo' },
    { nombre: 'Venta', color: 'lima' },
  ],
  conocimiento: CONOCIMIENTO_FERRETERIA,
  respuestas_rapidas: [
    {
      atajo: 'cotizacion',
      texto: 'Te preparo la cotización y te la mando hoy mismo. Tiene vigencia de 7 días.',
    },
    { atajo: 'entrega', texto: 'Tu pedido va en camino. El repartidor te marca al llegar.' },
    {
      atajo: 'factura',
      texto: 'Mándame tu constancia de situación fiscal y el número de ticket para hacer tu factura.',
    },
  ],
  respuestas_automaticas: [
    {
      disparador: 'lista',
      coincidencia: 'exacta',
      respuesta:
        'Mándame tu lista con cantidades y medidas, y te respondemos con la cotización el mismo día.',
      prioridad: 4,
    },
    {
      disparador: 'dirección',
      coincidencia: 'exacta',
      respuesta: 'Estamos en Calle Rosales 120, colonia Centro, Hermosillo, esquina con Dr. Noriega.',
      prioridad: 5,
    },
  ],
  contactos: CONTACTOS_FERRETERIA,
  ads: ADS_FERRETERIA,
};
