// The words of the whiteboard on the wall.
import { defineTexts } from '../../texts/define-texts.ts';

export const whiteboardTexts = defineTexts(
  'whiteboard',
  {
    whiteboardBack: 'Back to the board',
    whiteboardBeds: 'Beds only',
    whiteboardFree: 'free',
    whiteboardInitials: 'Initials',
    whiteboardShow: 'Show',
    whiteboardTaken: 'taken',
  },
  {
    fr: {
      whiteboardBack: 'Retour au tableau',
      whiteboardBeds: 'Lits seuls',
      whiteboardFree: 'libre',
      whiteboardInitials: 'Initiales',
      whiteboardShow: 'Afficher',
      whiteboardTaken: 'occupé',
    },
    de: {
      whiteboardBack: 'Zurück zur Übersicht',
      whiteboardBeds: 'Nur Betten',
      whiteboardFree: 'frei',
      whiteboardInitials: 'Initialen',
      whiteboardShow: 'Zeigen',
      whiteboardTaken: 'belegt',
    },
    es: {
      whiteboardBack: 'Volver al panel',
      whiteboardBeds: 'Solo camas',
      whiteboardFree: 'libre',
      whiteboardInitials: 'Iniciales',
      whiteboardShow: 'Mostrar',
      whiteboardTaken: 'ocupada',
    },
    ar: {
      whiteboardBack: 'العودة إلى لوحة الجناح',
      whiteboardBeds: 'الأسرّة فقط',
      whiteboardFree: 'شاغر',
      whiteboardInitials: 'الأحرف الأولى',
      whiteboardShow: 'عرض',
      whiteboardTaken: 'مشغول',
    },
  },
);
