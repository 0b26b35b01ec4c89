import { CLAVES_MODULOS } from '../modulos/index.ts';
import { ADS_AURA } from './ads/aura.ts';
import { CONOCIMIENTO_AURA } from './aura_conocimiento.ts';
import { CONTACTOS_AURA } from './aura_contactos.ts';
import type { NoraDemo } from './tipos.ts';

export const AURA: NoraDemo = {
  nombre_nora: 'aura',
  nombre_visible: 'Aura Estudio de Belleza',
  numero_nora: '+526621234567',
  personalidad:
    'Eres cálida, atenta y breve, como una recepcionista que conoce a sus clientas. Hablas de tú, con español de México. Usas como mucho un emoji por mensaje y nunca presionas para vender.',
  instrucciones:
    'Da precios y horarios sólo si están en el conocimiento. Si preguntan por una cita, pide servicio, día, hora y nombre, y avisa que el equipo la confirma por este chat. Las quejas, los reembolsos y las alergias siempre los atiende una persona.',
  mensaje_bienvenida:
    '¡Hola! Soy Nora, la asistente de Aura Estudio de Belleza. Puedo darte precios, horarios y ayudarte a agendar. ¿Qué te gustaría saber?',
  mensaje_fuera_horario:
    'Ahorita estamos cerradas, pero leo tu mensaje y el equipo te confirma en cuanto abramos (lunes a viernes 10:00 a 20:00, sábado 9:00 a 18:00).',
  modo_respuesta: 'flexible',
  zona_horaria: 'America/Hermosillo',
  horario: {
    lun: [['10:00', '20:00']],
    mar: [['10:00', '20:00']],
    mie: [['10:00', '20:00']],
    jue: [['10:00', '20:00']],
    vie: [['10:00', '20:00']],
    sab: [['09:00', '18:00']],
    dom: [],
  },
  modulos: [...CLAVES_MODULOS],
  etiquetas: [
    { nombre: 'Clienta frecuente', color: 'violeta' },
    { nombre: 'Novia', color: 'rosa' },
    { nombre: 'Color', color: 'naranja' },
    { nombre: 'Uñas', color: 'cielo' },
    { nombre: 'Por confirmar', color: 'ambar' },
    { nombre: 'Venta', color: 'verde' },
    { nombre: 'Queja', color: 'rojo' },
    { nombre: 'Proveedor', color: 'gris' },
  ],
  conocimiento: CONOCIMIENTO_AURA,
  respuestas_rapidas: [
    {
      atajo: 'confirmada',
      texto: '¡Listo! Tu cita quedó confirmada. Te esperamos; recuerda que tenemos 15 minutos de tolerancia.',
    },
    { atajo: 'datos', texto: 'Para agendarte me pasas por favor: servicio, día, hora y tu nombre completo.' },
    {
      atajo: 'anticipo',
      texto:
        'Para apartar te pido un anticipo de $300 por transferencia; se descuenta de tu total. ¿Te paso los datos?',
    },
    {
      atajo: 'ubicacion',
      texto:
        'Estamos en Blvd. Morelos 415, colonia Bachoco, Hermosillo. Hay estacionamiento gratis en la plaza.',
    },
    {
      atajo: 'gracias',
      texto: '¡Gracias por venir a Aura! Si te gustó el resultado, nos ayuda mucho tu reseña.',
    },
  ],
  respuestas_automaticas: [
    {
      disparador: 'ubicación',
      coincidencia: 'exacta',
      respuesta:
        'Estamos en Blvd. Morelos 415, colonia Bachoco, Hermosillo. Hay estacionamiento gratis en la plaza.',
      prioridad: 5,
    },
    {
      disparador: 'datos bancarios',
      coincidencia: 'contiene',
      respuesta:
        'Con gusto. Por seguridad los datos para transferencia te los pasa una persona del equipo en este chat.',
      prioridad: 8,
    },
    {
      disparador: 'promo',
      coincidencia: 'exacta',
      respuesta:
        'Este mes: gelish en $199 de martes a jueves y 20 % de descuento en tratamientos capilares los miércoles.',
      prioridad: 3,
    },
  ],
  contactos: CONTACTOS_AURA,
  ads: ADS_AURA,
};
